import { isDeepStrictEqual } from 'node:util';
import type { HardwareDevice } from '../../contract/model/device.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import type { DeviceSample } from '../../contract/model/telemetry.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { deleteKnownDevice, readKnownDevices, seeKnownDevice, writeKnownDevice } from '../store/known-device-rows.ts';
import type { Db } from '../store/open.ts';
import { listAdapters } from './adapters/adapters.ts';
import type { GraphicsAdapter } from './adapters/graphics-adapter.ts';
import { asSampled } from './as-sampled.ts';
import { findPciGpus, isSuspended, watchBus } from './linux/pci.ts';
import { connectNvml, type NvmlConnection } from './nvml/nvml-connection.ts';
import { judge, lost, type Standing } from './standing.ts';
import type { FoundDevice, Vendor } from './vendors/vendor.ts';
import { openVendors } from './vendors/vendors.ts';

export interface HardwareOptions {
  /** `/` but in tests. */
  readonly root: string;
  readonly platform: NodeJS.Platform;
  /** As the dynamic linker finds it; see `nvmlLibraryOf`. */
  readonly nvmlLibrary: string;
  readonly workerPublicKey: string;
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Devices came, went, or are no longer what they were. */
  readonly changed: () => void;
}

/** What is in this machine, and what was. Its health is `good` or `lost`; alarms are telemetry's. */
export interface Hardware {
  /** The same array while nothing changes. */
  devices(): readonly HardwareDevice[];
  /** Once a second; notices within 10 s what came or went, and wakes nothing. */
  look(): void;
  /** Looks for everything anew, as an owner wants it: NVIDIA's GPUs that sleep are woken. */
  rescan(): Promise<void>;
  /** One look at one device, some microseconds for each figure. Null: it sleeps, is lost, or nothing can be known. */
  sample(deviceId: string): DeviceSample | null;
  /** Graphics adapters as a benchmark finds them; null: not listed yet, or they could not be. */
  adapters(): readonly GraphicsAdapter[] | null;
  /** Lists them in a child process, which takes seconds and wakes GPUs. `idle`: once only, and not where a GPU sleeps. */
  listAdapters(occasion: 'asked' | 'idle'): Promise<readonly GraphicsAdapter[]>;
  /** The owner has removed it: it is missed no longer. Throws `device-busy` where this machine still lists it. */
  forget(deviceId: string): void;
  /** For the sensors of presence, which use the same connection. */
  readonly nvml: NvmlConnection;
  [Symbol.dispose](): void;
}

const LOOK_EVERY_MS = 10_000;
const SEEN_EVERY_MS = 3_600_000;

/** NVIDIA's management library by its name on this platform. On Windows it is in the system's own folder since driver 418. */
export function nvmlLibraryOf(platform: NodeJS.Platform): string {
  return platform === 'win32' ? 'nvml.dll' : 'libnvidia-ml.so.1';
}

/** Opens the inventory: finds all devices once. Starts no graphics driver. */
export async function openHardware(options: HardwareOptions): Promise<Hardware> {
  const { root, platform, workerPublicKey, db, clock, logger, changed } = options;
  const nvml = await connectNvml({ root, platform, libraryPath: options.nvmlLibrary, monotonicMs: clock.monotonicMs });
  let graphics: readonly GraphicsAdapter[] | null = null;
  const vendors: readonly Vendor[] = openVendors({ root, platform, nvml, logger, adapters: () => graphics ?? [] });
  const bus = platform === 'linux' ? watchBus(root) : () => '';
  const mark = (): string => [bus(), ...vendors.map((vendor) => vendor.mark())].join('\0');

  let standings: readonly Standing[] = [];
  let devices: readonly HardwareDevice[] = [];
  let byId = new Map<string, Standing>();
  let markThen = '';
  let lookedMs = Number.NEGATIVE_INFINITY;
  let seenMs = Number.NEGATIVE_INFINITY;
  const askedMs = new Map<string, number>();
  let scanning: Promise<void> | null = null;
  let isStale = false;
  let isClosed = false;

  function stand(next: readonly Standing[]): void {
    // Devices that are as they were stay the same objects: the state compares them.
    const kept = next.map((standing) => {
      const before = byId.get(standing.device.id)?.device;
      return before !== undefined && isDeepStrictEqual(before, standing.device) ? { ...standing, device: before } : standing;
    });
    const isSame = kept.length === devices.length && kept.every(({ device }, index) => device === devices[index]);
    standings = kept;
    byId = new Map(kept.map((standing) => [standing.device.id, standing]));
    if (isSame) return;
    devices = kept.map(({ device }) => device);
    changed();
  }

  const alter = (device: HardwareDevice): void =>
    stand(standings.map((standing) => (standing.device.id === device.id ? { ...standing, device } : standing)));

  async function find(mayWake: boolean): Promise<void> {
    const markBefore = mark();
    const found = (await Promise.all(vendors.map((vendor) => vendor.find(mayWake)))).flat();
    if (isClosed) {
      closeAll(found);
      return;
    }
    const before = standings;
    const known = inRows(() => readKnownDevices(db)) ?? [];
    const { present, dropped } = judge(workerPublicKey, found, known, devices, clock.nowMs());
    stand(present);
    markThen = markBefore; // of before: what came while others were asked is looked for at the next look
    inRows(() => {
      for (const id of dropped) deleteKnownDevice(db, id);
    });
    noteSeen();
    const used = new Set(present.map((standing) => standing.found));
    closeAll([...before.map((standing) => standing.found), ...found.filter((each) => !used.has(each))]);
  }

  /** One after another: a look for devices in the middle of another would mix up two connections. */
  function scan(mayWake: boolean): Promise<void> {
    const next = (scanning ?? Promise.resolve()).then(() => (isClosed ? undefined : find(mayWake)));
    const settled = next
      .catch((error: unknown) => {
        isStale = true;
        logger.error({ error }, 'devices cannot be looked for');
      })
      .finally(() => {
        if (scanning === settled) scanning = null;
      });
    scanning = settled;
    return next;
  }

  /** GPUs that are there now, each as it is: a later start misses those that it does not find. */
  function noteSeen(): void {
    const nowMs = clock.nowMs();
    seenMs = clock.monotonicMs();
    inRows(() =>
      db.transaction(() => {
        for (const { device, found } of standings) {
          if (device.kind !== 'gpu' || found === null || device.health.kind === 'lost') continue;
          // Why it is silent today is nothing to remember: tomorrow it may sleep, and would be shown with it.
          if (found.depth === 'silent') seeKnownDevice(db, device.id, nowMs);
          else writeKnownDevice(db, device, nowMs);
        }
      })(),
    );
  }

  /** The inventory does not end with the disk. */
  function inRows<T>(work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      logger.error({ error }, 'the devices of this machine could not be read or written');
      return null;
    }
  }

  function sample(deviceId: string): DeviceSample | null {
    const standing = byId.get(deviceId);
    if (!standing?.found) return null;
    askedMs.set(deviceId, clock.monotonicMs());
    const { device, found } = standing;
    const seen = found.look(clock.nowMs());
    if (seen.kind === 'lost' && device.health.kind !== 'lost') alter({ ...device, health: lost(seen.loss, clock.nowMs()) });
    if (seen.kind === 'stale') isStale = true;
    if (seen.kind !== 'sample') return null;
    const now = asSampled(device, seen.sample);
    if (now !== device) alter(now);
    return seen.sample;
  }

  await scan(false);
  return {
    nvml,
    devices: () => devices,
    sample,
    look() {
      const nowMs = clock.monotonicMs();
      if (nowMs - lookedMs < LOOK_EVERY_MS) return;
      lookedMs = nowMs;
      for (const { device } of standings)
        if (nowMs - (askedMs.get(device.id) ?? Number.NEGATIVE_INFINITY) >= LOOK_EVERY_MS) sample(device.id);
      if (nowMs - seenMs >= SEEN_EVERY_MS) noteSeen();
      if (scanning !== null || (!isStale && mark() === markThen)) return;
      isStale = false;
      void scan(false).catch(() => undefined); // told above; the next look tries again
    },
    async rescan() {
      await scan(true);
    },
    adapters: () => graphics,
    async listAdapters(occasion) {
      const isDone = graphics !== null || (platform === 'linux' && findPciGpus(root).some(({ folder }) => isSuspended(folder)));
      if (occasion === 'asked' || !isDone) {
        graphics = (await listAdapters(logger)) ?? graphics;
        if (mark() !== markThen) await scan(false);
      }
      return graphics ?? [];
    },
    forget(deviceId) {
      const standing = byId.get(deviceId);
      if (standing === undefined) return;
      if (standing.found !== null)
        throw new ProblemError('device-busy', 'This machine still lists this device.', 'Take it out, and start the machine again.');
      inRows(() => deleteKnownDevice(db, deviceId));
      stand(standings.filter(({ device }) => device.id !== deviceId));
    },
    [Symbol.dispose]() {
      isClosed = true;
      if (db.open) noteSeen();
      closeAll(standings.map(({ found }) => found));
      nvml.close();
    },
  };
}

function closeAll(found: readonly (FoundDevice | null)[]): void {
  for (const each of found) each?.close();
}
