import { once } from 'node:events';
import { renameSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { openControlGroup } from '../sandbox/control-group.ts';
import { OWNER_LABEL } from '../sandbox/names.ts';
import { END_MS, firedName, LEAVE } from './handover.ts';

/**
 * The watchdog as a process: outlives an agent that died and ends its containers, unless another agent has taken over (see watchdog.ts).
 * Arguments: claim file, engine's socket, owner label, and `listen` where it has to wait for the agent's end itself. It needs nothing but
 * Node, because it may run when the rest of the program is being replaced.
 */

/** A supervisor starts a new agent within a second; with what follows all is over within 5 s of the agent's death. */
const NEW_AGENT_MS = 4_000;
const CALL_MS = 2_000;
const AGAIN_MS = 50;

const [claim = '', socketPath = '', owner = '', mode = ''] = process.argv.slice(2);

async function untilAgentEnds(): Promise<'died' | 'closed'> {
  if (mode !== 'listen') return 'died'; // the shell before us has waited
  let said = '';
  for await (const chunk of process.stdin) said += String(chunk);
  return said.trim() === LEAVE ? 'closed' : 'died';
}

/** The claim belongs to whoever removes it first: the watchdog, or a new agent. */
function mayFire(): boolean {
  try {
    renameSync(claim, firedName(claim));
    return true;
  } catch {
    return false; // a new agent has taken over; or nobody can tell, and then nothing is ended
  }
}

async function ask(method: 'GET' | 'POST', path: string): Promise<unknown> {
  const call = request({ socketPath, method, path, signal: AbortSignal.timeout(CALL_MS) });
  call.end();
  const [answer] = await once(call, 'response');
  return answer.statusCode === 200 ? json(answer) : answer.resume();
}

/** Ids and first processes of what still runs and bears the owner's label. What the engine answers is read no further than that. */
async function findRunning(): Promise<readonly { readonly id: string; readonly pid: number }[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${OWNER_LABEL}=${owner}`], status: ['running', 'paused'] }));
  const listed = await ask('GET', `/containers/json?filters=${filters}`);
  if (!Array.isArray(listed)) throw new Error('the engine does not list its containers');
  const ids = listed.map((each) => String(each.Id));
  return Promise.all(ids.map(async (id) => ({ id, pid: pidOf(await ask('GET', `/containers/${id}/json`)) })));
}

function pidOf(found: unknown): number {
  const { State } = found as { State?: { Pid?: unknown } }; // read with care: the next line checks it
  return typeof State?.Pid === 'number' ? State.Pid : 0;
}

/** Frozen or not: by our own hand where that reaches, and by the engine, which thaws what it has paused. */
async function end({ id, pid }: { readonly id: string; readonly pid: number }): Promise<void> {
  const group = pid > 0 ? openControlGroup(id, pid) : null;
  group?.kill();
  group?.close();
  await ask('POST', `/containers/${id}/kill`);
}

async function endAll(): Promise<void> {
  for (const deadlineMs = performance.now() + END_MS; performance.now() < deadlineMs; await sleep(AGAIN_MS)) {
    const running = await findRunning().catch(() => null); // an engine that does not answer now may in a moment
    if (running?.length === 0) return;
    await Promise.allSettled((running ?? []).map(end));
  }
}

if ((await untilAgentEnds()) === 'died') {
  await sleep(Math.max(0, NEW_AGENT_MS - (mode === 'listen' ? 0 : performance.now())));
  if (mayFire()) {
    await endAll();
    rmSync(firedName(claim), { force: true });
  }
}
process.exit();
