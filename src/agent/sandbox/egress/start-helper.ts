import type { ContainerCreateOptions } from 'dockerode';
import { ProblemError } from '../../../contract/model/problem.ts';
import type { Engine } from '../engine.ts';
import { engineFault } from '../engine-fault.ts';
import { createFrameParser } from '../log-frames.ts';

/** Node starts in 0.1 s; a machine that is this slow runs no job either. */
const READY_MS = 30_000;
const MAX_SAID = 2000;

/** Makes and starts a helper of a lease and waits for its first line, `ready`; returns its id. Throws `internal` where it ends before. */
export async function startHelper(engine: Engine, options: ContainerCreateOptions, signal: AbortSignal): Promise<string> {
  const container = await engine.ask((docker) => docker.createContainer(options));
  await engine.ask(() => container.start());
  const limit = AbortSignal.any([signal, AbortSignal.timeout(READY_MS)]);
  const said = await firstWords(engine, container.id, limit).catch((error: unknown) => {
    signal.throwIfAborted();
    if (limit.aborted) return 'nothing';
    throw engineFault(error);
  });
  if (said.startsWith('ready\n')) return container.id;
  throw new ProblemError(
    'internal',
    'What connects a job to the addresses on its list did not start.',
    'Run the job again; if it fails again, report it.',
    {
      cause: new Error(`${options.name} said: ${said}`),
    },
  );
}

/** What it says up to `ready`, else all it says until it ends. */
async function firstWords(engine: Engine, id: string, signal: AbortSignal): Promise<string> {
  const parse = createFrameParser();
  const stream = await engine.ask((docker) =>
    docker.getContainer(id).logs({ follow: true, stdout: true, stderr: true, abortSignal: signal }),
  );
  let said = '';
  for await (const chunk of stream) {
    said += parse(Buffer.from(chunk)).toString();
    if (said.startsWith('ready\n') || said.length > MAX_SAID) break;
  }
  return said.slice(0, MAX_SAID);
}
