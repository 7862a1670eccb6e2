import { basename } from 'node:path';
import { connectEngine, findSocketPath } from '../../agent/sandbox/engine.ts';
import { contentDigest, sortedFiles } from '../../agent/sandbox/local-image/image-files.ts';
import { findLocalImage, importLocalImage, type LocalImage } from '../../agent/sandbox/local-image/local-image.ts';
import { runtimeFiles } from '../../agent/sandbox/local-image/runtime-files.ts';
import { probeEngine } from '../../agent/sandbox/probe.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { readContext } from './context-files.ts';
import { installDependencies } from './dependencies.ts';

export interface BuildOptions {
  /** Folder whose files become /app. */
  readonly contextDir: string;
  readonly socketPath?: string;
  readonly onProgress: (step: BuildStep, fraction: number | null) => void;
  readonly signal: AbortSignal;
}

export type BuildStep = 'reading-files' | 'installing-dependencies' | 'importing-image';

/** Where the sandbox mounts its volumes, and a scratch folder every uid may write to. */
const MOUNT_POINTS = [
  { path: 'in', mode: 0o755 },
  { path: 'job', mode: 0o755 },
  { path: 'tmp', mode: 0o1777 },
];

/**
 * Makes an image of this machine's Node, the context's files (but those in .nightshiftignore) and its production dependencies by its lock
 * file, without a registry and without running anything of it. An image of the same content is used again, so images
 * stay until a job has used them and the worker needs the room (images/image-cache.ts), or somebody removes them. Throws ProblemError `engine-missing`,
 * `engine-lost`, `invalid-request`, `disk-full`.
 */
export async function buildImage({ contextDir, socketPath, onProgress, signal }: BuildOptions): Promise<LocalImage> {
  if (process.platform !== 'linux') {
    throw new ProblemError(
      'invalid-request',
      'An image can be built from the Node of this machine on Linux only.',
      'Build it on Linux, or push an image to a registry and name it by digest in the job file.',
    );
  }
  const engine = connectEngine(socketPath ?? findSocketPath());
  const { state } = await probeEngine(engine, signal);
  signal.throwIfAborted();
  if (state.kind === 'missing') throw new ProblemError('engine-missing', state.detail, state.fix);

  onProgress('reading-files', null);
  const context = await readContext(contextDir);
  const own = sortedFiles([...(await runtimeFiles(signal)), ...context.files]);
  const content = await contentDigest(own, signal);
  const built = await findLocalImage(engine, 'built', content);
  if (built !== null) return built;

  onProgress('installing-dependencies', null);
  await using dependencies = await installDependencies(contextDir, signal);
  return await importLocalImage(
    engine,
    {
      kind: 'built',
      name: basename(contextDir),
      content,
      files: sortedFiles([...own, ...dependencies.files]),
      mountPoints: MOUNT_POINTS,
      changes: ['ENV PATH=/usr/local/bin', 'WORKDIR /app'],
    },
    signal,
    (fraction) => onProgress('importing-image', fraction),
  );
}
