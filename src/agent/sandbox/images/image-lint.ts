import type { EngineCapabilities } from '../capabilities.ts';
import { refused } from './refusal.ts';

/** What an image must be made for. */
export type Platform = Pick<EngineCapabilities, 'os' | 'architecture'>;

/** The part of an image's description that decides whether it may run here. */
export interface ImageDescription {
  readonly os: string;
  readonly architecture: string;
  readonly volumes: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
}

/** A job's environment and arguments share what the kernel gives a new program: a quarter of an 8 MiB stack (execve(2)). */
const MAX_ENV_BYTES = 64 * 2 ** 10;
const MAX_ENV_LINES = 512;

/**
 * Refuses an image that cannot run here, whose VOLUMEs would open writable places in the read-only root, or whose environment is absurd. What
 * else an image says does not count: user, entry point, health check, ports and labels are ours (see hardening.ts), and ONBUILD is for builds.
 * Throws `image-refused`.
 */
export function lintImage(reference: string, image: ImageDescription, platform: Platform): void {
  const here = `${platform.os}/${platform.architecture}`;
  if (image.os !== platform.os || image.architecture !== platform.architecture) {
    throw refused(reference, `it is for ${image.os}/${image.architecture}, and this worker is ${here}`, `Build it for ${here}.`);
  }
  if (image.volumes.length > 0) {
    throw refused(
      reference,
      `it declares volumes (${image.volumes.join(', ').slice(0, 200)}), which would be writable outside the job's disk`,
      'Remove VOLUME from its Dockerfile and write to /job instead.',
    );
  }
  const envBytes = image.env.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  if (image.env.length > MAX_ENV_LINES || envBytes > MAX_ENV_BYTES) {
    throw refused(
      reference,
      `its environment has ${image.env.length} variables of ${envBytes} bytes`,
      `Keep its ENV below ${MAX_ENV_LINES} variables and ${MAX_ENV_BYTES / 2 ** 10} KiB.`,
    );
  }
}
