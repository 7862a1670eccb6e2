import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import tar from 'tar-stream';
import { ProblemError } from '../../../contract/model/problem.ts';
import type { EngineCapabilities } from '../capabilities.ts';
import type { Engine } from '../engine.ts';
import { engineFault } from '../engine-fault.ts';
import { dropOtherLocalImages, findLocalImage } from '../local-image/local-image.ts';

/** Built by build/probes.ts. */
const PROGRAM = new URL('../../../../resources/sandbox/probes/probes-x86-64', import.meta.url);
/** To be raised when the image changes though the program does not. */
const RECIPE_VERSION = 1;
/** Images of other versions of this program that are younger stay. */
const KEEP_MS = 60 * 60_000;

const readProgram = (): Buffer => readFileSync(PROGRAM);

/** Digest of what the image of the probes is made from. */
export const probesDigest = (program = readProgram()): string =>
  `sha256:${createHash('sha256').update(`${RECIPE_VERSION}\n`).update(program).digest('hex')}`;

/**
 * The image of the probes, by its id: the program, baits, and empty folders to mount at. Made where it is not there yet; those of other
 * versions are removed. Throws `image-not-found` where there is no program for this processor, `engine-lost`.
 */
export async function readyProbeImage(engine: Engine, { os, architecture }: EngineCapabilities, signal: AbortSignal): Promise<string> {
  if (os !== 'linux' || architecture !== 'amd64') {
    throw new ProblemError(
      'image-not-found',
      `The sandbox cannot be checked on this processor yet (${architecture}): the probes are for x86-64.`,
      'Jobs run here only when the setting sandbox.checkFirst is off; decide so if you trust the engine without a check.',
    );
  }
  const program = readProgram();
  const content = probesDigest(program);
  const found = await findLocalImage(engine, 'probes', content);
  signal.throwIfAborted();
  const imageId = found?.imageId ?? (await importImage(engine, program, content, signal));
  await dropOtherLocalImages(engine, 'probes', content, Date.now() - KEEP_MS);
  return imageId;
}

/** As importLocalImage, whose files have no such modes as the baits. */
async function importImage(engine: Engine, program: Buffer, content: string, signal: AbortSignal): Promise<string> {
  const archive = Readable.from(packProbes(program));
  try {
    const answer = await engine.askLong((docker) =>
      docker.importImage(archive, {
        abortSignal: signal,
        repo: 'nightshift-probes',
        tag: content.slice('sha256:'.length, 'sha256:'.length + 12),
        changes: [`LABEL nightshift.managed=1 nightshift.image=probes nightshift.content=${content}`],
      }),
    );
    const said = await text(answer);
    const imageId = /"status":"(sha256:[0-9a-f]{64})"/.exec(said)?.[1];
    if (imageId === undefined) throw new Error(`the engine made no image: ${said.trim()}`);
    return imageId;
  } catch (error) {
    signal.throwIfAborted();
    throw engineFault(error);
  } finally {
    archive.destroy();
  }
}

function packProbes(program: Buffer): tar.Pack {
  const pack = tar.pack();
  const at = { uid: 0, gid: 0, mtime: new Date(0) };
  for (const name of ['job/', 'in/']) pack.entry({ ...at, name, type: 'directory', mode: 0o755 });
  for (const name of ['tmp/', 'for-anyone/']) pack.entry({ ...at, name, type: 'directory', mode: 0o1777 });
  pack.entry({ ...at, name: 'probe', mode: 0o755 }, program);
  // Baits: what would make its user root, and what only root may read.
  pack.entry({ ...at, name: 'probe-as-root', mode: 0o4755 }, program);
  pack.entry({ ...at, name: 'root-only', mode: 0o600 }, 'only root reads this\n');
  pack.finalize();
  return pack;
}
