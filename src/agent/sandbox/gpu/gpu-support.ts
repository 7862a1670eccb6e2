/** The lowest release of NVIDIA's container toolkit that is trusted with strangers' images. */
const TOOLKIT_FLOOR = '1.19.1';

/** What this host says of NVIDIA GPUs for containers; null where it has none. */
export interface GpuHost {
  /** WSL2 reaches its GPUs through one device for all of them (/dev/dxg). */
  readonly isWsl: boolean;
  /** What each of the toolkit's programs answers to --version; empty where none is installed. */
  readonly toolkitAnswers: readonly string[];
}

/** Whether jobs may have this machine's GPUs. */
export type GpuSupport =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** `device`: a container sees just the GPU it was given; `machine`: it sees all of them, so they are leased together. */
  | { readonly kind: 'offered'; readonly leasedBy: 'device' | 'machine' };

/** Judges the toolkit by its oldest part: a new command line beside an old library is as weak as the library. */
export function judgeGpus(host: GpuHost | null, isEngineHere: boolean): GpuSupport {
  if (host === null) return { kind: 'none' };
  if (!isEngineHere) return refused('the engine runs in another machine, whose NVIDIA container toolkit does not tell its version');
  if (host.toolkitAnswers.length === 0) return refused(`the NVIDIA container toolkit is not installed; install ${TOOLKIT_FLOOR} or newer`);
  for (const answer of host.toolkitAnswers) {
    const version = toolkitVersion(answer);
    if (version === null) return refused('the NVIDIA container toolkit does not tell its version');
    if (isOlder(version, TOOLKIT_FLOOR))
      return refused(`the NVIDIA container toolkit ${version} is too old; update it to ${TOOLKIT_FLOOR} or newer`);
  }
  return { kind: 'offered', leasedBy: host.isWsl ? 'machine' : 'device' };
}

/** What of a GPU job is not enforced, in plain words. */
export function gpuGaps(support: GpuSupport): readonly string[] {
  switch (support.kind) {
    case 'none':
      return [];
    case 'refused':
      return [`GPU jobs are not offered: ${support.reason}.`];
    case 'offered':
      return [
        support.leasedBy === 'machine'
          ? 'GPU memory is not overwritten after a job: on WSL2 that is up to Windows, and Nightshift cannot check it.'
          : "GPU memory is not overwritten after a job by Nightshift: NVIDIA's driver does it when memory is freed, which Nightshift cannot check.",
      ];
    default:
      return support satisfies never;
  }
}

/** `cli-version: 1.19.1` (nvidia-container-cli) or `NVIDIA Container Toolkit CLI version 1.19.1` (nvidia-ctk), release candidates with their suffix. */
function toolkitVersion(answer: string): string | null {
  return /version:? (\d+\.\d+\.\d+(?:-[a-z0-9.]+)?)/i.exec(answer)?.[1] ?? null;
}

/** A candidate (`1.19.1-rc.1`) comes before its release. */
function isOlder(version: string, floor: string): boolean {
  const [release = '', candidate] = version.split('-', 2);
  const order = release.localeCompare(floor, 'en', { numeric: true });
  return order < 0 || (order === 0 && candidate !== undefined);
}

const refused = (reason: string): GpuSupport => ({ kind: 'refused', reason });
