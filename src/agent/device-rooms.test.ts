import { spawnSync } from 'node:child_process';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SettingKey } from '../contract/model/settings.ts';
import { tempFolder } from '../lib/testing/temp-folder.ts';
import { type DeviceRooms, openDeviceRooms } from './device-rooms.ts';
import { layOut, type RecordedMachine, readRecording } from './hardware/testing/recorded-machine.ts';
import type { GpuSupport } from './sandbox/gpu/gpu-support.ts';
import { readSettings, setOwnerSetting } from './settings/settings.ts';
import { openStore } from './store/open.ts';

const hasCompiler = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;
const recording = readRecording('rtx-4090-and-3060');
const [BIG, SMALL] = ['0000:01:00.0', '0000:05:00.0'];
const [BIG_UUID, SMALL_UUID] = ['GPU-5b0f5d3c-7c5f-4d0e-9c55-1f2a3b4c5d6e', 'GPU-8d9e0f1a-2b3c-4d5e-8f60-718293a4b5c6'];
const SMALL_LINK = `sys/bus/pci/devices/${SMALL}`;
const PLENTY = 2 ** 40;
const ONE_EACH: GpuSupport = { kind: 'offered', leasedBy: 'device' };
const REFUSED: GpuSupport = { kind: 'refused', reason: 'no toolkit' };

interface Opened {
  readonly machine: RecordedMachine;
  readonly rooms: DeviceRooms;
  /** The id of the GPU at a PCI address; of the processor without one. */
  id(busId?: string): string;
  set(key: SettingKey, value: unknown): void;
  /** Goes on by so many seconds, with a look at every device in each. */
  run(seconds: number): void;
}

/** The rooms of a recorded rig, an RTX 4090 and an RTX 3060, whose sandbox gives GPUs in this way. */
async function open(gpus: GpuSupport): Promise<Opened> {
  const machine = layOut(recording);
  const dataDir = tempFolder();
  const db = openStore(dataDir);
  let nowMs = 1_800_000_000_000;
  let settings = readSettings(db);
  const rooms = await openDeviceRooms({
    db,
    dataDir,
    workerPublicKey: 'a worker',
    machine,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    logger: pino({ level: 'silent' }),
    settings: () => settings,
    network: () => null,
    sandbox: () => ({ connects: true, limitsDisk: true, gpus }),
    gpuUses: () => [],
    hindrance: () => null,
    changed: () => undefined,
    ended: () => undefined,
  });
  onTestFinished(async () => {
    await rooms[Symbol.asyncDispose]();
    db.close();
    machine[Symbol.dispose]();
  });
  return {
    machine,
    rooms,
    id: (busId) => rooms.devices().find((each) => (busId === undefined ? each.kind === 'cpu' : each.busId === busId))?.id ?? '',
    set(key, value) {
      settings = setOwnerSetting(db, key, value);
    },
    run(seconds) {
      for (let second = 0; second < seconds; second++) {
        nowMs += 1_000;
        rooms.hardware.look();
        rooms.telemetry.tick(nowMs);
      }
    },
  };
}

describe.skipIf(!hasCompiler)('the devices of a recorded rig (needs gcc)', () => {
  it('gives a job the GPU of its lease, all of them where containers see all, and none on the processor', async () => {
    const { rooms, id } = await open(ONE_EACH);
    expect(rooms.gpuOf(id(SMALL))).toEqual({ kind: 'device', uuid: SMALL_UUID });
    expect(rooms.gpuOf(id(BIG))).toEqual({ kind: 'device', uuid: BIG_UUID });
    expect(rooms.gpuOf(id())).toBeNull();
    const together = await open({ kind: 'offered', leasedBy: 'machine' });
    expect(together.rooms.gpuOf(together.id(SMALL))).toEqual({ kind: 'machine' });
  });

  it('gives no job a GPU that is gone, or that containers no longer have', async () => {
    const { rooms, machine, id, run } = await open(ONE_EACH);
    expect(() => rooms.gpuOf('dev_sold')).toThrow(/not there any more/);
    machine.lose(SMALL);
    run(2);
    expect(() => rooms.gpuOf(id(SMALL))).toThrow(/not there any more/);
    expect(rooms.gpuOf(id(BIG))).toEqual({ kind: 'device', uuid: BIG_UUID });
    const refused = await open(REFUSED);
    expect(() => refused.rooms.gpuOf(refused.id(BIG))).toThrow(/containers cannot have it/);
  });

  it('tells presence what is wrong with one device since it is wrong, and the network only of those that are there', async () => {
    const { rooms, machine, id, run } = await open(ONE_EACH);
    const faults = () => rooms.standing().map(({ fault }) => fault && { code: fault.reason.code, sinceMs: fault.sinceMonotonicMs });
    expect(faults()).toEqual([null, null, null]);
    expect(rooms.told().map((device) => device.id)).toEqual([id(BIG), id(SMALL), id()]);
    machine.lose(SMALL);
    run(1);
    const lostSinceMs = 1_800_000_001_000;
    expect(faults()).toEqual([null, { code: 'device-lost', sinceMs: lostSinceMs }, null]);
    expect(rooms.told().map((device) => device.id)).toEqual([id(BIG), id()]);
    run(5);
    expect(rooms.standing()).toBe(rooms.standing());
    expect(rooms.told()).toBe(rooms.told());
    rooms.telemetry.raise(id(BIG), { code: 'memory-errors', detail: 'Its memory has errors.', fix: null });
    expect(faults()).toEqual([
      { code: 'device-quarantined', sinceMs: lostSinceMs + 5_000 },
      { code: 'device-lost', sinceMs: lostSinceMs },
      null,
    ]);
    rooms.telemetry.release(id(BIG));
    expect(faults()).toEqual([null, { code: 'device-lost', sinceMs: lostSinceMs }, null]);
  });

  it('offers each device for what covers its electricity, but what its owner keeps and what the sandbox gives to nobody', async () => {
    const { rooms, id, set } = await open(ONE_EACH);
    const offered = () => rooms.offers(PLENTY).map(({ deviceId, vramBytes }) => ({ deviceId, vramBytes }));
    const gpus = [
      { deviceId: id(BIG), vramBytes: 24_564 * 2 ** 20 },
      { deviceId: id(SMALL), vramBytes: 12_288 * 2 ** 20 },
    ];
    expect(offered()).toEqual([...gpus, { deviceId: id(), vramBytes: null }]);
    set('devices.off', [id(SMALL), id()]);
    expect(offered()).toEqual(gpus.slice(0, 1));
    set('power.tariff', { kind: 'flat', microPerKwh: 1_000_000 });
    const [offer] = rooms.offers(PLENTY);
    expect(offer?.microPerHour).toBeGreaterThan(450_000); // 450 W for an hour, its idle draw and its supply's loss aside
    expect(offer?.microPerHour).toBe(rooms.costs.askMicroPerHour(id(BIG)));

    const refused = await open(REFUSED);
    expect(refused.rooms.offers(PLENTY).map(({ deviceClass }) => deviceClass)).toEqual(['cpu']);
  });

  it('puts it down to the disk only where nothing else keeps devices from being offered', async () => {
    const { rooms, id, set } = await open(ONE_EACH);
    expect([rooms.isDiskFull(0), rooms.isDiskFull(PLENTY)]).toEqual([true, false]);
    set('devices.off', [id(BIG), id(SMALL), id()]);
    expect(rooms.isDiskFull(0)).toBe(false);
  });

  it('shows its owner that no job can have a GPU where the sandbox gives none, and why', async () => {
    for (const [gpus, unshareable] of [
      [ONE_EACH, null],
      [REFUSED, { detail: 'Jobs cannot have it: no toolkit.', fix: expect.stringContaining('doctor') }],
    ] as const) {
      const { rooms, id } = await open(gpus);
      const shown = new Map<string, unknown>();
      rooms.show({ set: (slice, value) => void shown.set(slice, value) });
      expect(shown.get('devices')).toEqual([
        expect.objectContaining({ id: id(BIG), unshareable }),
        expect.objectContaining({ id: id(SMALL), unshareable }),
        expect.objectContaining({ id: id(), unshareable: null }),
      ]);
    }
  });

  it('looks for the graphics adapter of a card that came after the adapters were listed, before it says that there is none', async () => {
    vi.stubEnv('VK_DRIVER_FILES', '/nowhere.json');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { rooms, machine, id } = await open(ONE_EACH);
    const small = id(SMALL);
    const standings = () => rooms.benchmarks.view().devices.map(({ deviceId, standing }) => ({ deviceId, standing }));
    machine.set({ files: { [SMALL_LINK]: null } });
    await rooms.hardware.rescan();
    await rooms.hardware.listAdapters('asked');
    expect(standings()).toContainEqual({ deviceId: id(BIG), standing: 'impossible' });
    machine.set({ links: { [SMALL_LINK]: recording.links[SMALL_LINK] ?? '' } });
    await rooms.hardware.rescan();
    expect(standings()).toContainEqual({ deviceId: small, standing: 'none' });
    await rooms.hardware.listAdapters('asked');
    expect(standings()).toContainEqual({ deviceId: small, standing: 'impossible' });
  });
});
