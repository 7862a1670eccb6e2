import type { JobNetwork } from '../../contract/model/job.ts';
import type { GpuGrant } from './gpu/gpu-request.ts';

/** One job as the sandbox is told to run it. */
export interface LeaseSpec {
  readonly leaseId: string;
  /** At least MIN_UID and unique per job: two jobs of one uid could starve each other of processes. */
  readonly uid: number;
  /** `sha256:<id>` of a local image, or `name@sha256:<digest>`. */
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Path of a tar of plain files and folders, unpacked read-only at /in. */
  readonly inputsTar: string | null;
  /** Null: the job saves no checkpoints. `tar`: what an earlier attempt has saved, plain files and folders, null where there is none. */
  readonly checkpoint: { readonly intervalMs: number; readonly tar: string | null } | null;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly cpus: number;
  /** The GPUs that are the job's own while it runs; null: none. */
  readonly gpu: GpuGrant | null;
  /** What it may reach. */
  readonly network: JobNetwork;
}

export const MIN_UID = 200_000;
