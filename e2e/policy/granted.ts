/** What one job was granted. Whatever its container has beyond this is a fault. */
export interface Granted {
  readonly owner: string;
  readonly leaseId: string;
  readonly uid: number;
  readonly imageId: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What the image brings; the engine adds it to what is said for the container. */
  readonly imageEnv: readonly string[];
  readonly imageLabels: Readonly<Record<string, string>>;
  readonly checkpointIntervalMs: number | null;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly cpuCount: number;
  /** The engine's own hard limits, which a job's may not exceed. */
  readonly ulimitCeilings: ReadonlyMap<string, number>;
  /** Null: it reaches nothing. Else what its holder of a network is called, by name and by id. */
  readonly holder: readonly string[] | null;
  /** UUID of its GPU, or `all`; null: none. */
  readonly gpu: string | null;
}

/** Also the zeros and empty lists that an engine answers for what nobody asked of it. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.values(value).every((each) => each === 0 || each === '');
}
