import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AgentSide, Call, Reply } from './agent-side.ts';
import type { Lab } from './lab.ts';

/** Starts the agent's side on the worker's machine of the lab. */
export async function startAgentSide(lab: Lab, owner: string): Promise<AgentSide & Disposable> {
  const program = join(import.meta.dirname, 'agent-side.ts');
  const command = lab.inside([process.execPath, program, owner, join(lab.folder, 'sandbox'), lab.socketPath]);
  const child = spawn('nsenter', command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [said] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => ['ended'])]);
  if (said !== 'ready') throw new Error("the agent's side did not start");
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  child.on('message', (message) => {
    const { id, value, problem } = message as Reply; // sent by agent-side.ts
    const call = waiting.get(id);
    waiting.delete(id);
    if (problem === null) call?.resolve(value);
    else call?.reject(new Error(`on the agent's side: ${problem}`));
  });
  child.once('exit', () => {
    for (const call of waiting.values()) call.reject(new Error("the agent's side has ended"));
  });
  let calls = 0;
  const ask = (method: Call['method'], argument: Call['argument']): Promise<unknown> => {
    const call = Promise.withResolvers<unknown>();
    waiting.set(++calls, call);
    child.send({ id: calls, method, argument } satisfies Call);
    return call.promise;
  };
  return {
    prepare: async (spec) => void (await ask('prepare', spec)),
    start: async (leaseId) => Number(await ask('start', leaseId)),
    finish: async (leaseId) => String(await ask('finish', leaseId)),
    wipe: async (leaseId) => void (await ask('wipe', leaseId)),
    [Symbol.dispose]: () => child.disconnect(),
  };
}
