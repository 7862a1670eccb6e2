import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connectEngine, type Engine, findSocketPath } from '../../agent/sandbox/engine.ts';
import { engineFault } from '../../agent/sandbox/engine-fault.ts';
import { probeEngine } from '../../agent/sandbox/probe.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { readContext } from './context-files.ts';
import { installDependencies } from './dependencies.ts';
import { packImage } from './pack-image.ts';
import { contentDigest, type ImageFile, sortedFiles } from './recipe.ts';
import { runtimeFiles } from './runtime-files.ts';

export interface BuildOptions {
  /** Folder whose files become /app. */
  readonly contextDir: string;
  readonly socketPath?: string;
  readonly onProgress: (step: BuildStep, fraction: number | null) => void;
  readonly signal: AbortSignal;
}

export type BuildStep = 'reading-files' | 'installing-dependencies' | 'importing-image';

export interface BuiltImage {
  /** `sha256:<id>` in the engine of this machine. */
  readonly imageId: string;
  readonly sizeBytes: number;
}

const CONTENT_LABEL = 'nightshift.content';
const REPOSITORY = 'nightshift-built';
const OWN_TAG = new RegExp(`^(?:localhost/|docker\\.io/library/)?${REPOSITORY}:`); // Podman writes the registry out

/**
 * Makes an image of this machine's Node, the context's files (but those in .nightshiftignore) and its production dependencies by its lock
 * file, without a registry and without running anything of it. An image of the same content is used again, so images
 * stay until somebody removes them: `docker image prune --all --filter label=nightshift.image=built`. Throws ProblemError `engine-missing`,
 * `engine-lost`, `invalid-request`, `disk-full`.
 */
export async function buildImage({ contextDir, socketPath, onProgress, signal }: BuildOptions): Promise<BuiltImage> {
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
  const built = await findBuilt(engine, content);
  if (built !== null) return built;

  onProgress('installing-dependencies', null);
  await using dependencies = await installDependencies(contextDir, signal);
  return await importImage(
    engine,
    sortedFiles([...own, ...dependencies.files]),
    { content, name: basename(contextDir) },
    signal,
    (fraction) => onProgress('importing-image', fraction),
  );
}

async function findBuilt(engine: Engine, content: string): Promise<BuiltImage | null> {
  const images = await engine.ask((docker) => docker.listImages({ filters: { label: [`${CONTENT_LABEL}=${content}`] } }));
  // Not one that was pulled: its labels say what its maker likes.
  const image = images.find(({ RepoTags }) => RepoTags?.some((tag) => OWN_TAG.test(tag)));
  return image === undefined ? null : { imageId: image.Id, sizeBytes: image.Size };
}

async function importImage(
  engine: Engine,
  files: readonly ImageFile[],
  { content, name }: { readonly content: string; readonly name: string },
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<BuiltImage> {
  const archive = Readable.from(packImage(files, onFraction));
  try {
    const answer = await engine.askLong((docker) =>
      docker.importImage(archive, {
        abortSignal: signal,
        // A name, so that a prune of nameless images does not take it from under a job.
        repo: REPOSITORY,
        tag: `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${content.slice('sha256:'.length, 'sha256:'.length + 12)}`,
        changes: [
          'ENV PATH=/usr/local/bin',
          'WORKDIR /app',
          `LABEL nightshift.managed=1 nightshift.image=built ${CONTENT_LABEL}=${content}`,
        ],
      }),
    );
    const said = await text(answer);
    const imageId = /"status":"(sha256:[0-9a-f]{64})"/.exec(said)?.[1];
    if (imageId === undefined) throw new Error(`the engine made no image: ${said.trim()}`);
    const { Size } = await engine.ask((docker) => docker.getImage(imageId).inspect());
    return { imageId, sizeBytes: Size };
  } catch (error) {
    signal.throwIfAborted();
    throw engineFault(error);
  } finally {
    archive.destroy();
  }
}
