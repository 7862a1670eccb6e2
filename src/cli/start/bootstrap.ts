import { join } from 'node:path';
import * as z from 'zod';
import { MICRO_PER_CREDIT } from '../../contract/model/money.ts';
import { readTextIfPresent, writeFileDurably } from '../../lib/files.ts';
import type { AgentClient } from '../agent-client.ts';
import { type Credentials, cloudClient, credentials, writeCredentials } from '../cloud-client.ts';
import type { Home } from '../home.ts';

/** TEST credits a new local renter starts with; enough for about a hundred example jobs at their limit. */
const FIRST_CREDITS_MICRO = 10 * MICRO_PER_CREDIT;

const operatorFile = z.object({ apiKey: z.string() });
const ownerFile = z.object({ apiKey: z.string(), accountId: z.string() });

/**
 * Opens the local renter and owner on the embedded network, gives the renter TEST credits, and enrols this worker. Each piece
 * is made once and kept; a crash in between is taken up here at the next start (the mint has a key of its own).
 */
export async function bootstrap(home: Home, networkUrl: string, agent: AgentClient, workerEnrolled: boolean): Promise<Credentials> {
  const operator = operatorFile.parse(JSON.parse(readTextIfPresent(join(home.networkDir, 'operator.json')) ?? '{}'));
  const asOperator = cloudClient(networkUrl, operator.apiKey);
  const renter = await openRenter(home, networkUrl, asOperator);
  if (!workerEnrolled) {
    const ownerPath = join(home.root, 'owner.json');
    const stored = readTextIfPresent(ownerPath);
    let owner = stored === null ? null : ownerFile.parse(JSON.parse(stored));
    if (!owner) {
      const created = await asOperator.accounts.create({ kind: 'owner', name: 'This machine' });
      owner = { apiKey: created.apiKey, accountId: created.account.id };
      writeFileDurably(ownerPath, `${JSON.stringify(owner, null, 2)}\n`);
    }
    const { token } = await cloudClient(networkUrl, owner.apiKey).workers.token();
    await agent.enrolment.enrol({ networkUrl, token });
  }
  return renter;
}

async function openRenter(home: Home, networkUrl: string, asOperator: ReturnType<typeof cloudClient>): Promise<Credentials> {
  const stored = readTextIfPresent(home.renterFile);
  const known = stored === null ? null : credentials.parse(JSON.parse(stored));
  if (known) {
    const moved = { ...known, networkUrl };
    if (known.networkUrl !== networkUrl) writeCredentials(home, moved);
    return moved;
  }
  const { account, apiKey } = await asOperator.accounts.create({ kind: 'renter', name: 'You' });
  await asOperator.accounts.mint({ id: account.id, amountMicro: FIRST_CREDITS_MICRO, mintKey: `first-credits-${account.id}` });
  const made = { networkUrl, apiKey };
  writeCredentials(home, made);
  return made;
}
