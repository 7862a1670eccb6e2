/** What the kernel tells of one opened GPU (Documentation/gpu/drm-usage-stats.rst). */
export interface DrmClient {
  /** The same in every process and descriptor that shares this client: GPU and number. */
  readonly id: string;
  /** PCI address, or the driver's name for a GPU that is not on PCI. */
  readonly gpu: string;
  /** Memory of the GPU's own that it holds now; null where the driver does not say. */
  readonly vramBytes: number | null;
  readonly engines: ReadonlyMap<string, EngineUse>;
}

/** Counters that only grow. */
interface EngineUse {
  /** Nanoseconds, or cycles where `total` counts those. */
  readonly busy: number;
  /** Cycles that went by; null where `busy` is in nanoseconds. */
  readonly total: number | null;
  /** How many engines of this kind there are. */
  readonly capacity: number;
}

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
/** Regions that are the GPU's own memory: amdgpu and nouveau "vram", xe "vram0", i915 "local0". System memory has other names. */
const VRAM = /^(vram|local)\d*$/;

/** Null where the descriptor is no GPU, or the driver tells nothing of its clients. */
export function parseFdinfo(text: string): DrmClient | null {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (line.startsWith('drm-') && colon > 0) values.set(line.slice('drm-'.length, colon), line.slice(colon + 1).trim());
  }
  const driver = values.get('driver');
  const client = values.get('client-id');
  if (driver === undefined || client === undefined) return null;
  const gpu = values.get('pdev') ?? driver;
  const engines = new Map<string, EngineUse>();
  for (const [key, value] of values) {
    const engine = /^(?:engine|cycles)-(?!capacity-)(.+)$/.exec(key)?.[1];
    if (engine === undefined) continue;
    const total = key.startsWith('cycles-') ? values.get(`total-cycles-${engine}`) : null;
    // A driver may tell nanoseconds and cycles of the same engine: the first will do. Cycles without their total say nothing.
    if (total === undefined || engines.has(engine)) continue;
    engines.set(engine, {
      busy: quantity(value),
      total: total === null ? null : quantity(total),
      capacity: quantity(values.get(`engine-capacity-${engine}`) ?? '1'),
    });
  }
  return { id: `${gpu}/${client}`, gpu, vramBytes: vramOf(values), engines };
}

/** Share of the time of the client's busiest kind of engine between two looks, 0 to 1; null where no engine tells. */
export function busyShare(before: DrmClient, after: DrmClient, elapsedMs: number): number | null {
  let share: number | null = null;
  for (const [name, now] of after.engines) {
    const then = before.engines.get(name);
    if (then === undefined) continue;
    const wentBy = now.total === null ? elapsedMs * 1_000_000 : now.total - (then.total ?? 0);
    if (wentBy <= 0) continue;
    share = Math.max(share ?? 0, Math.min(1, Math.max(0, now.busy - then.busy) / wentBy / Math.max(1, now.capacity)));
  }
  return share;
}

/** What is resident counts; "memory" is amdgpu's older word for it, and "total" what older drivers tell instead. */
function vramOf(values: ReadonlyMap<string, string>): number | null {
  for (const kind of ['resident-', 'memory-', 'total-']) {
    const regions = [...values].filter(([key]) => key.startsWith(kind) && VRAM.test(key.slice(kind.length)));
    if (regions.length > 0) return regions.reduce((sum, [, value]) => sum + quantity(value), 0);
  }
  return null;
}

function quantity(value: string): number {
  const [number = '', unit = ''] = value.split(/\s+/);
  return (Number.parseInt(number, 10) || 0) * (UNITS[unit] ?? 1);
}
