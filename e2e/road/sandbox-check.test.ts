import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src/agent/store/open.ts';
import { readSandboxReport, writeSandboxReport } from '../../src/agent/store/sandbox-report-row.ts';
import { withAgent } from '../../src/cli/agent-client.ts';
import { isBreach } from '../../src/contract/model/sandbox.ts';
import { type Machine, smallJob, startMachine } from './machine.ts';
import { buildSmallImage } from './small-image.ts';

let machine: Machine;
let image: string;

const set = (key: 'presence.dedicated' | 'sandbox.checkFirst', value: boolean) =>
  withAgent(machine.home, (agent) => agent.settings.set({ key, value }));
const codes = async (): Promise<readonly string[]> => (await machine.state()).presence.reasons.map(({ code }) => code);

beforeAll(async () => {
  image = await buildSmallImage();
  machine = await startMachine();
  await set('presence.dedicated', true);
});
afterAll(async () => {
  const left = await machine.leftovers();
  await machine[Symbol.asyncDispose]();
  expect(left).toEqual([]);
});

it('takes no job before the sandbox has passed its check, which it makes by itself once for each engine', async () => {
  await expect.poll(codes, { timeout: 30_000 }).toEqual([]);
  await set('sandbox.checkFirst', true);
  await machine.untilState('began to check', ({ sandbox }) => sandbox.check.kind === 'running');
  expect(await codes()).toContain('sandbox-unchecked');
  const job = await machine.client.jobs.create({ spec: smallJob(image), idempotencyKey: randomUUID() });

  const checked = await machine.untilState('passed', ({ sandbox }) => sandbox.report !== null);
  const report = checked.sandbox.report?.report;
  expect(report?.probes.filter(isBreach)).toEqual([]);
  expect(report?.probes.length).toBeGreaterThanOrEqual(60);
  expect(report?.probes.filter((probe) => probe.blocked !== true).length).toBeLessThanOrEqual(5);
  expect(checked.sandbox).toMatchObject({ isCurrent: true, check: { kind: 'idle' } });
  expect(await machine.untilEnded(job.id)).toMatchObject({ state: 'succeeded' });

  await machine.killAndRestart('agent');
  const again = await machine.untilState('is back', ({ sandbox }) => sandbox.engine.kind === 'ready' && sandbox.isCurrent);
  expect(again.sandbox.report, 'the same report counts').toEqual(checked.sandbox.report);

  // Somebody made the report better than it was, or it is of an engine that was there before an update.
  await machine.kill('agent');
  const db = openStore(machine.home.agentDir);
  const signed = readSandboxReport(db);
  if (signed === null) throw new Error('the report is gone');
  writeSandboxReport(db, { ...signed, report: { ...signed.report, durationMs: 1 } });
  db.close();
  await machine.restart('agent');
  await machine.untilState('checks anew', ({ sandbox }) => sandbox.check.kind === 'running' && sandbox.report === null);

  await withAgent(machine.home, (agent) => agent.sandbox.cancelCheck());
  await machine.untilState('has cancelled', ({ sandbox }) => sandbox.check.kind === 'idle');
  expect(await codes()).toContain('sandbox-unchecked');
  await withAgent(machine.home, (agent) => agent.sandbox.check());
  await expect(withAgent(machine.home, (agent) => agent.sandbox.check())).rejects.toMatchObject({ problem: { code: 'device-busy' } });
  await machine.untilState('passed at the owner’s wish', ({ sandbox }) => sandbox.isCurrent);
}, 240_000);
