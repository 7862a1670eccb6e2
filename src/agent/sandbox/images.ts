import type { ImageInspectInfo } from 'dockerode';
import * as z from 'zod';
import { ProblemError } from '../../contract/model/problem.ts';
import type { EngineCapabilities } from './capabilities.ts';
import type { Engine } from './engine.ts';
import { engineFault, engineLost, statusOf } from './engine-fault.ts';
import { lintImage } from './hardening.ts';
import { jsonLines } from './json-lines.ts';
import { requireAllowedRegistry } from './registries.ts';

export interface ReadyImage {
  readonly id: string;
  readonly env: readonly string[];
}

type OnImageProgress = (step: 'checking-image' | 'pulling-image', fraction: number | null) => void;

/**
 * Makes sure the image is in the engine and may run here. An image id must be there already; a name pinned by digest is pulled.
 * Throws `image-not-found`, `image-refused`, `engine-lost`, `disk-full`.
 */
export async function readyImage(
  engine: Engine,
  reference: string,
  registries: readonly string[],
  capabilities: EngineCapabilities,
  signal: AbortSignal,
  onProgress: OnImageProgress,
): Promise<ReadyImage> {
  onProgress('checking-image', null);
  const found = await inspectImage(engine, reference);
  const image = found ?? (await pulledImage(engine, reference, registries, signal, onProgress));
  lintImage(reference, { os: image.Os, architecture: image.Architecture, volumes: Object.keys(image.Config?.Volumes ?? {}) }, capabilities);
  return { id: image.Id, env: image.Config?.Env ?? [] };
}

function inspectImage(engine: Engine, reference: string): Promise<ImageInspectInfo | null> {
  return engine.find((docker) => docker.getImage(reference).inspect());
}

async function pulledImage(
  engine: Engine,
  reference: string,
  registries: readonly string[],
  signal: AbortSignal,
  onProgress: OnImageProgress,
): Promise<ImageInspectInfo> {
  if (reference.startsWith('sha256:')) {
    throw new ProblemError(
      'image-not-found',
      `This worker's container engine has no image ${reference}.`,
      'Build or load the image on this machine, or name one in a registry by digest (name@sha256:...).',
    );
  }
  requireAllowedRegistry(reference, registries);
  onProgress('pulling-image', null);
  await pull(engine, reference, signal, (fraction) => onProgress('pulling-image', fraction));
  const image = await inspectImage(engine, reference);
  if (image === null) throw pullFailed(reference, 'the engine does not list it after the pull');
  return image;
}

const pullEvent = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
});
export type PullEvent = z.infer<typeof pullEvent>;

async function pull(engine: Engine, reference: string, signal: AbortSignal, onFraction: (fraction: number | null) => void): Promise<void> {
  const progress = createPullProgress();
  try {
    const stream = await engine.docker.pull(reference, { abortSignal: signal });
    for await (const line of jsonLines(stream)) {
      const event = pullEvent.parse(line);
      if (event.error !== undefined) throw pullFailed(reference, event.error);
      onFraction(progress(event));
    }
  } catch (error) {
    signal.throwIfAborted();
    // 404: no such image; 500: the registry cannot be reached; the engine passes both on with its reason.
    if (statusOf(error) !== null && error instanceof Error) throw pullFailed(reference, error.message.trim());
    throw error instanceof SyntaxError ? engineLost(error) : engineFault(error);
  }
}

function pullFailed(reference: string, reason: string): ProblemError {
  if (reason.includes('no space left on device')) {
    return new ProblemError('disk-full', `The image ${reference} does not fit on this machine's disk.`, 'Free some space, then try again.');
  }
  return new ProblemError(
    'image-not-found',
    `The image ${reference} could not be pulled: ${reason}.`,
    'Check the name and digest, and that this machine reaches the registry.',
  );
}

/** Adds up the layers' progress: half of each layer is its download, half its unpacking. Null until a size is known. */
export function createPullProgress(): (event: PullEvent) => number | null {
  const layers = new Map<string, { readonly totalBytes: number; readonly doneHalves: number }>();
  return (event) => {
    const { id, status, progressDetail } = event;
    if (id !== undefined) {
      const known = layers.get(id);
      const totalBytes = progressDetail?.total ?? known?.totalBytes;
      if (totalBytes !== undefined && totalBytes > 0) {
        const part = (progressDetail?.current ?? 0) / totalBytes;
        const doneHalves =
          status === 'Downloading' ? part : status === 'Extracting' ? 1 + part : status === 'Pull complete' ? 2 : (known?.doneHalves ?? 0);
        layers.set(id, { totalBytes, doneHalves: Math.max(doneHalves, known?.doneHalves ?? 0) });
      }
    }
    let total = 0;
    let done = 0;
    for (const layer of layers.values()) {
      total += 2 * layer.totalBytes;
      done += layer.doneHalves * layer.totalBytes;
    }
    return total === 0 ? null : Math.min(1, done / total);
  };
}
