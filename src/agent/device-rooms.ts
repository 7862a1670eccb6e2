import { join } from 'node:path';
import type { NetworkInfo } from '../contract/cloud-api.ts';
import { type Device, type HardwareDevice, tellDevice } from '../contract/model/device.ts';
import type { Offer } from '../contract/model/offer.ts';
import type { Reason } from '../contract/model/presence.ts';
import { ProblemError } from '../contract/model/problem.ts';
import type { SettingsView } from '../contract/model/settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { statedPowerW } from './benchmark/datasheet.ts';
import { runBenchmark } from './benchmark/run.ts';
import { openTunedCache } from './benchmark/tuned-cache.ts';
import { type BenchmarkKeeper, type BenchmarkKeeperDeps, openBenchmarkKeeper, type Surroundings } from './benchmark-keeper.ts';
import { openPowerCosts, type PowerCosts } from './earnings/power/power-cost.ts';
import { adapterOf } from './hardware/adapters/adapter-of.ts';
import type { GraphicsAdapter } from './hardware/adapters/graphics-adapter.ts';
import { asShown } from './hardware/as-shown.ts';
import { type Hardware, openHardware } from './hardware/hardware.ts';
import { offerFor } from './hardware/offers.ts';
import { openTelemetry, type Telemetry } from './hardware/telemetry/telemetry.ts';
import { type GpuMemory, watchGpuMemory } from './lease/gpu-memory.ts';
import type { PolicyDevice } from './presence/reasons.ts';
import type { GpuUse } from './presence/signals.ts';
import type { GpuGrant } from './sandbox/gpu/gpu-request.ts';
import { leaseGroups } from './sandbox/gpu/lease-groups.ts';
import type { VramReading } from './sandbox/gpu/vram-baseline.ts';
import type { SandboxAbilities } from './sandbox/sandbox.ts';
import { followPrices, type MarketPrices } from './session/prices.ts';
import type { StateTree } from './state.ts';
import type { Db } from './store/open.ts';

/** Where the hardware is looked for: `/` and the library by its own name, but in tests. */
export interface MachinePlace {
  readonly root: string;
  readonly nvmlLibrary: string;
}

export interface DeviceRoomsDeps extends Pick<BenchmarkKeeperDeps, 'hindrance' | 'ended'> {
  readonly db: Db;
  readonly dataDir: string;
  readonly workerPublicKey: string;
  readonly machine: MachinePlace;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: () => SettingsView;
  readonly network: () => NetworkInfo | null;
  readonly sandbox: () => SandboxAbilities;
  /** What others use of the GPUs now; null: not known. */
  readonly gpuUses: () => readonly GpuUse[] | null;
  readonly changed: () => void;
}

/** All about the devices of this machine: what they are, how they are, what they can do, what they cost. */
export interface DeviceRooms extends AsyncDisposable {
  readonly hardware: Hardware;
  readonly telemetry: Telemetry;
  readonly benchmarks: BenchmarkKeeper;
  readonly costs: PowerCosts;
  readonly prices: MarketPrices;
  readonly gpuMemory: GpuMemory;
  /** With their health; the same array while nothing has changed. */
  devices(): readonly HardwareDevice[];
  /** As the network is told. */
  told(): readonly Device[];
  /** As presence decides about them; the same array while nothing has changed. */
  standing(): readonly PolicyDevice[];
  /** What can be offered of the devices that are not switched off, leases and presence aside. */
  offers(freeDiskBytes: number): readonly Offer[];
  /** Devices could be offered, but for the disk. */
  isDiskFull(freeDiskBytes: number): boolean;
  /** What a job on this device is given of the GPUs; null: it is none. Throws `device-lost`. */
  gpuOf(deviceId: string): GpuGrant | null;
  /** A lost device is missed no longer. Throws `not-found`, `device-busy`. */
  forget(deviceId: string): void;
  /** Takes what may begin in hand: a benchmark that is due, adapters that nobody has listed yet. */
  lookAfter(now: Surroundings): void;
  /** Brings what is known into the state. */
  show(state: Pick<StateTree, 'set'>): void;
}

const TICK_MS = 1_000;
/** A start has other things to do; a machine that has a user will not be measured in its first minutes anyway. */
const LIST_ADAPTERS_AFTER_MS = 120_000;

export async function openDeviceRooms(deps: DeviceRoomsDeps): Promise<DeviceRooms> {
  const { db, clock, logger, changed } = deps;
  await using opening = new AsyncDisposableStack();
  const openedMs = clock.monotonicMs();
  const settings = () => deps.settings().values;
  const hardware = opening.use(
    await openHardware({
      ...deps.machine,
      platform: process.platform,
      workerPublicKey: deps.workerPublicKey,
      db,
      clock,
      logger,
      changed,
    }),
  );
  const telemetry = opening.use(openTelemetry({ db, clock, hardware, settings, changed, logger }));
  const { devices } = telemetry;
  let listed: { readonly adapters: readonly GraphicsAdapter[]; readonly for: ReadonlySet<string> } | null = null;
  /** Null: adapters have not been listed since this device came. */
  function hasAdapter(device: HardwareDevice): boolean | null {
    const adapters = hardware.adapters();
    if (adapters === null) return null;
    if (listed?.adapters !== adapters)
      listed = { adapters, for: new Set(devices().flatMap(({ id, health }) => (health.kind === 'lost' ? [] : [id]))) };
    return listed.for.has(device.id) ? adapterOf(device, devices(), adapters) !== null : null;
  }
  const tuned = openTunedCache(join(deps.dataDir, 'benchmark', 'tuned.json'), logger);
  const benchmarks = opening.use(
    openBenchmarkKeeper({
      db,
      clock,
      logger,
      devices,
      settings,
      hasAdapter,
      hindrance: deps.hindrance,
      raise: telemetry.raise,
      async measure(request) {
        const adapters = await hardware.listAdapters('asked');
        const adapter = adapterOf(request.device, devices(), adapters);
        const driverNow = (): string | null => devices().find(({ id }) => id === request.device.id)?.driver?.version ?? null;
        return runBenchmark({
          ...request,
          adapter: adapter && { ...adapter, env: {} },
          tuned,
          sample: hardware.sample,
          driverNow,
          clock,
          logger,
        });
      },
      changed,
      ended: deps.ended,
    }),
  );
  const prices = opening.use(followPrices({ clock, logger, changed }));
  const costs = openPowerCosts({
    nowMs: clock.nowMs,
    devices,
    benchmarks: () => benchmarks.view().devices,
    settings: deps.settings,
    network: deps.network,
    prices: prices.now,
    statedPowerW,
  });

  /** NVML's own count, less what belongs to programs of others. */
  function vramOf(deviceId: string): VramReading | null {
    const usedBytes = hardware.sample(deviceId)?.vramUsedBytes ?? null;
    const uses = deps.gpuUses();
    const device = devices().find(({ id }) => id === deviceId);
    if (usedBytes === null || uses === null || device === undefined) return null;
    const others = uses.filter(({ gpu }) => gpu === device.uuid || gpu === device.busId);
    return { usedBytes, othersBytes: others.reduce((sum, { vramBytes }) => sum + (vramBytes ?? 0), 0) };
  }
  const gpuMemory = opening.use(
    watchGpuMemory({
      db,
      clock,
      logger,
      read: vramOf,
      kept: (deviceId, detail) =>
        telemetry.raise(deviceId, { code: 'memory-kept', detail, fix: 'Restart the machine; if it comes back, update the GPU driver.' }),
      changed,
    }),
  );

  let faulty: { readonly of: readonly HardwareDevice[]; readonly as: readonly PolicyDevice[] } | null = null;
  function standing(): readonly PolicyDevice[] {
    const of = devices();
    if (faulty?.of === of) return faulty.as;
    const before = new Map(faulty?.as.map((device) => [device.id, device]));
    const as = of.flatMap((device): readonly PolicyDevice[] => {
      const told = tellDevice(device);
      if (told === null || device.unshareable !== null) return [];
      const reason = faultOf(device);
      const since = before.get(device.id)?.fault?.sinceMonotonicMs ?? clock.monotonicMs();
      return [{ id: device.id, class: told.class, fault: reason && { reason, sinceMonotonicMs: since } }];
    });
    faulty = { of, as };
    return as;
  }

  let toldOf: { readonly of: readonly HardwareDevice[]; readonly as: readonly Device[] } | null = null;
  function told(): readonly Device[] {
    const of = devices();
    if (toldOf?.of !== of)
      toldOf = { of, as: of.filter(({ health }) => health.kind !== 'lost').flatMap((device) => tellDevice(device) ?? []) };
    return toldOf.as;
  }

  function gpuOf(deviceId: string): GpuGrant | null {
    const device = devices().find(({ id }) => id === deviceId);
    if (device?.kind !== 'gpu' && device !== undefined) return null;
    const uuids = devices().flatMap(({ kind, uuid, health, unshareable }) =>
      kind === 'gpu' && uuid !== null && health.kind !== 'lost' && unshareable === null ? [uuid] : [],
    );
    const group = leaseGroups(uuids, deps.sandbox().gpus).find((each) => each.uuids.some((uuid) => uuid === device?.uuid));
    if (group === undefined)
      throw new ProblemError(
        'device-lost',
        'The GPU of this job is not there any more, or containers cannot have it.',
        'The job is placed again.',
      );
    return group.grant;
  }

  function offersOn(freeDiskBytes: number): readonly Offer[] {
    const processor = devices().find(({ kind }) => kind === 'cpu') ?? null;
    const host = { processor, freeDiskBytes, sandbox: deps.sandbox() };
    return devices()
      .filter(({ id }) => !settings()['devices.off'].includes(id) && !gpuMemory.isSettling(id))
      .flatMap((device) => {
        const askMicro = costs.askMicroPerHour(device.id);
        return (askMicro !== null && offerFor(device, host, settings(), askMicro)) || [];
      });
  }

  let isListing = false;
  const ticking = setInterval(() => {
    hardware.look();
    telemetry.tick(clock.nowMs());
  }, TICK_MS);
  opening.defer(() => clearInterval(ticking));
  const ending = opening.move();

  let shown: readonly unknown[] = [];
  return {
    hardware,
    telemetry,
    benchmarks,
    costs,
    prices,
    gpuMemory,
    devices,
    told,
    standing,
    offers: offersOn,
    isDiskFull: (freeDiskBytes) => offersOn(freeDiskBytes).length === 0 && offersOn(Number.MAX_SAFE_INTEGER).length > 0,
    gpuOf,
    forget(deviceId) {
      if (telemetry.health(deviceId).kind !== 'lost')
        throw new ProblemError('device-busy', 'This device is in the machine.', 'Switch it off in the settings if it is not to be shared.');
      hardware.forget(deviceId);
    },
    lookAfter(now) {
      benchmarks.lookAfter(now);
      if (
        isListing ||
        now.ownerIsHere ||
        now.isOverLimit ||
        hardware.adapters() !== null ||
        clock.monotonicMs() - openedMs < LIST_ADAPTERS_AFTER_MS
      )
        return;
      if (deps.hindrance() !== null || !settings()['benchmark.automatic']) return;
      isListing = true;
      void hardware.listAdapters('idle').catch((error: unknown) => logger.warn({ error }, 'graphics adapters could not be listed'));
    },
    show(state) {
      const { gpus } = deps.sandbox();
      const now = [devices(), telemetry.latest(), benchmarks.view(), costs.costs(), gpus] as const;
      const [seenDevices, seenSamples, seenBenchmarks, seenCosts, seenGpus] = shown;
      shown = now;
      if (now[0] !== seenDevices || gpus !== seenGpus)
        state.set(
          'devices',
          now[0].map((device) => asShown(device, gpus)),
        );
      if (now[1] !== seenSamples) state.set('telemetry', now[1]);
      if (now[2] !== seenBenchmarks) state.set('benchmarks', now[2]);
      if (now[3] !== seenCosts) state.set('costs', [...now[3]]);
    },
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  };
}

/** Why nothing may run on this device, on it alone. */
function faultOf({ name, health }: HardwareDevice): Reason | null {
  switch (health.kind) {
    case 'good':
      return null;
    case 'quarantined':
      return {
        code: 'device-quarantined',
        detail: `${name} is quarantined: ${health.cause.detail}`,
        fix: health.cause.fix,
        untilMs: health.untilMs,
      };
    case 'lost':
      return { code: 'device-lost', detail: health.detail, fix: health.fix, untilMs: null };
    default:
      return health satisfies never;
  }
}
