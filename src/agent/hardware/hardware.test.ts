import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { HardwareDevice } from '../../contract/model/device.ts';
import { NVML } from './nvml/nvml-calls.ts';
import { type OpenedMachine, openRecorded } from './testing/open-recorded.ts';
import { readRecording } from './testing/recorded-machine.ts';

afterEach(() => void vi.unstubAllEnvs());

const onLinux = process.platform === 'linux';
const canPlay = onLinux && spawnSync('gcc', ['--version']).status === 0;
const GIB = 2 ** 30;
const DGPU_STATUS = 'sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0/power/runtime_status';

const gpus = (opened: OpenedMachine): readonly HardwareDevice[] =>
  opened
    .hardware()
    .devices()
    .filter(({ kind }) => kind !== 'cpu');
function gpuAt(opened: OpenedMachine, busId: string): HardwareDevice {
  const found = gpus(opened).find((device) => device.busId === busId);
  if (!found) throw new Error(`no GPU at ${busId}`);
  return found;
}
/** As the agent looks once a second, for a while. */
async function lookFor(opened: OpenedMachine, ms = 10_000): Promise<void> {
  opened.pass(ms);
  opened.hardware().look();
  await new Promise((resolve) => setTimeout(resolve, 50));
}

describe.skipIf(!canPlay)('NVIDIA GPUs by the recordings (needs gcc)', () => {
  test('a mixed rig shows each card with its memory, limit and lanes, each figure with its source', async () => {
    using opened = await openRecorded('rtx-4090-and-3060');
    expect(gpus(opened)).toMatchObject([
      {
        kind: 'gpu',
        name: 'NVIDIA GeForce RTX 4090',
        place: 'PCI 0000:01:00.0',
        pciId: '10de:2684',
        memoryBytes: { value: 24_564 * 2 ** 20, source: 'NVML' },
        powerLimitW: { value: 450, source: 'NVML' },
        link: { value: { generation: 1, width: 16, maxGeneration: 4, maxWidth: 16 } },
        driver: { name: 'nvidia', version: '570.169' },
        health: { kind: 'good' },
        unshareable: null,
      },
      {
        name: 'NVIDIA GeForce RTX 3060',
        memoryBytes: { value: 12 * GIB },
        powerLimitW: { value: 130 },
        powerLimitDefaultW: { value: 170 },
        link: { value: { width: 1, maxWidth: 16 } },
      },
    ]);
  });

  test('a look tells what the card does now, and leaves unknown what it does not tell', async () => {
    using opened = await openRecorded('two-rtx-3090');
    const [busy, idle] = gpus(opened);
    expect(opened.hardware().sample(busy?.id ?? '')).toEqual({
      atMs: 1_800_000_000_000,
      source: 'NVML',
      busyShare: 0.99,
      memoryBusyShare: 0.61,
      temperatureC: 71,
      hotspotC: null,
      memoryTemperatureC: null,
      limitC: 95,
      powerW: 338.4,
      powerLimitW: 350,
      vramUsedBytes: 11_800 * 2 ** 20,
      coreClockMhz: 1_695,
      memoryClockMhz: 9_501,
      fanShare: 0.68,
      throttle: ['power'],
      linkGeneration: 4,
      linkWidth: 16,
      memoryErrors: null,
    });
    expect(opened.hardware().sample(idle?.id ?? '')).toMatchObject({ busyShare: 0, throttle: [] });
  });

  test('two identical cards are two devices, told apart by their place', async () => {
    using opened = await openRecorded('two-rtx-3090');
    const [first, second] = gpus(opened);
    expect(first?.name).toBe(second?.name);
    expect(first?.id).not.toBe(second?.id);
    expect([first?.place, second?.place]).toEqual(['PCI 0000:41:00.0', 'PCI 0000:81:00.0']);
  });

  test('a card that was moved to another slot stays the same device', async () => {
    const recording = readRecording('two-rtx-3090');
    using opened = await openRecorded(recording);
    const ids = gpus(opened).map(({ id }) => id);
    const [first, second] = recording.nvml?.gpus ?? [];
    const place = (answers: typeof first) => ({ nvmlDeviceGetPciInfo_v3: answers?.nvmlDeviceGetPciInfo_v3 ?? 0 });
    opened.machine.set({ gpus: { 0: place(second), 1: place(first) } });
    await opened.restart();
    expect(gpus(opened).map(({ id }) => id)).toEqual(ids.toReversed());
  });

  test('one card that falls off the bus is lost alone, at the next look at it, and the others go on', async () => {
    using opened = await openRecorded('two-rtx-3090');
    const { id } = gpuAt(opened, '0000:41:00.0');
    const changesBefore = opened.changes();
    opened.machine.lose('0000:41:00.0');
    expect(opened.hardware().sample(id)).toBeNull();
    expect(opened.changes()).toBe(changesBefore + 1);
    expect(gpuAt(opened, '0000:41:00.0')).toMatchObject({
      id,
      name: 'NVIDIA GeForce RTX 3090',
      health: { kind: 'lost', detail: expect.stringContaining('Xid 79'), fix: expect.stringContaining('Restart') },
    });
    await lookFor(opened);
    expect(gpuAt(opened, '0000:41:00.0')).toMatchObject({
      id,
      health: { kind: 'lost', sinceMs: 1_800_000_000_000, detail: expect.stringContaining('Xid 79') },
    });
    expect(() => opened.hardware().forget(id)).toThrow(/still lists/);
    expect(opened.hardware().sample(gpuAt(opened, '0000:81:00.0').id)).toMatchObject({ temperatureC: 52 });
  });

  test('the only card is lost like one of several, and says so where it only needs a reset', async () => {
    using opened = await openRecorded('mig');
    const { id } = gpuAt(opened, '0000:81:00.0');
    opened.machine.set({
      gpus: { 0: { '*': { refused: NVML.resetRequired }, nvmlDeviceGetHandleByIndex_v2: { refused: NVML.resetRequired } } },
    });
    expect(opened.hardware().sample(id)).toBeNull();
    const expected = { id, name: 'NVIDIA A100 80GB PCIe', health: { kind: 'lost', fix: expect.stringContaining('--gpu-reset') } };
    expect(gpus(opened)).toMatchObject([expected]);
    await lookFor(opened);
    await lookFor(opened);
    expect(gpus(opened)).toMatchObject([expected]);
    opened.machine.restore('0000:81:00.0');
    await expect
      .poll(
        async () => {
          await lookFor(opened);
          return gpus(opened)[0]?.health.kind;
        },
        { timeout: 10_000 },
      )
      .toBe('good');
    expect(gpus(opened)).toMatchObject([{ id }]);
  });

  test('a card that comes to the driver of NVIDIA while the agent runs is found within ten seconds, on a machine that had none', async () => {
    const { files, links, nvml } = readRecording('mig');
    const driver = Object.keys(links).find((path) => path.endsWith('/driver')) ?? '';
    using opened = await openRecorded({ files, links: { ...links, [driver]: '/sys/bus/pci/drivers/vfio-pci' }, nvml });
    expect(gpus(opened)).toMatchObject([{ unshareable: { detail: expect.stringContaining('virtual machine') } }]);
    expect(opened.hardware().nvml.state().kind).toBe('none');
    const [before] = gpus(opened);
    opened.machine.set({ links: { [driver]: '/sys/bus/pci/drivers/nvidia' } });
    await expect
      .poll(
        async () => {
          await lookFor(opened);
          return gpus(opened).map(({ source }) => source);
        },
        { timeout: 10_000 },
      )
      .toEqual(['NVML']);
    expect(gpus(opened)[0]?.id).not.toBe(before?.id); // only now it says who it is
  });

  test('a lost card is still the same device after a restart, and good again when it answers', async () => {
    using opened = await openRecorded('two-rtx-3090');
    const { id } = gpuAt(opened, '0000:41:00.0');
    opened.machine.lose('0000:41:00.0');
    await opened.restart();
    expect(gpuAt(opened, '0000:41:00.0')).toMatchObject({ id, name: 'NVIDIA GeForce RTX 3090', health: { kind: 'lost' } });
    opened.machine.restore('0000:41:00.0');
    await opened.hardware().rescan();
    expect(gpuAt(opened, '0000:41:00.0')).toMatchObject({ id, health: { kind: 'good' } });
  });

  test('a card that was lost before the start is shown as lost, by what the bus tells of it', async () => {
    using opened = await openRecorded('one-lost');
    expect(gpus(opened)).toMatchObject([
      { name: 'NVIDIA GeForce RTX 3090', health: { kind: 'good' } },
      { name: 'NVIDIA GeForce RTX 3080', health: { kind: 'lost', detail: expect.stringContaining('does not answer') }, memoryBytes: null },
    ]);
  });

  test('a card that is pulled is missed within ten seconds, and forgotten when its owner says so', async () => {
    using opened = await openRecorded('rtx-4090-and-3060');
    const { id } = gpuAt(opened, '0000:05:00.0');
    opened.machine.unplug('0000:05:00.0');
    await lookFor(opened);
    expect(gpuAt(opened, '0000:05:00.0')).toMatchObject({
      id,
      health: { kind: 'lost', detail: expect.stringContaining('no longer finds') },
    });
    expect(gpuAt(opened, '0000:01:00.0').health.kind).toBe('good');
    opened.hardware().forget(id);
    await opened.restart();
    expect(gpus(opened)).toHaveLength(1);
  });

  test('a card that is there is not forgotten by a word', async () => {
    using opened = await openRecorded('rtx-4090-and-3060');
    const [first] = gpus(opened);
    expect(() => opened.hardware().forget(first?.id ?? '')).toThrow(/still lists/);
    expect(gpus(opened)).toContain(first);
  });

  test('what was not seen for thirty days is forgotten', async () => {
    using opened = await openRecorded('rtx-4090-and-3060');
    opened.machine.unplug('0000:05:00.0');
    await lookFor(opened);
    opened.pass(29 * 86_400_000);
    await opened.restart();
    expect(gpus(opened)).toHaveLength(2);
    opened.pass(2 * 86_400_000);
    await opened.restart();
    expect(gpus(opened)).toHaveLength(1);
  });

  test('the list is the same array, and nobody is told, while nothing changes', async () => {
    using opened = await openRecorded('two-rtx-3090');
    const before = opened.hardware().devices();
    const changesBefore = opened.changes();
    for (let second = 0; second < 25; second += 1) {
      opened.pass(1_000);
      opened.hardware().look();
      for (const { id } of before) opened.hardware().sample(id);
    }
    await opened.hardware().rescan();
    expect(opened.hardware().devices()).toBe(before);
    expect(opened.changes()).toBe(changesBefore);
  });

  test('a power limit that the owner sets, and a link that speeds up at work, are noticed', async () => {
    using opened = await openRecorded('rtx-4090-and-3060');
    const { id } = gpuAt(opened, '0000:01:00.0');
    opened.hardware().sample(id);
    opened.machine.set({ gpus: { 0: { nvmlDeviceGetEnforcedPowerLimit: 320_000, nvmlDeviceGetCurrPcieLinkGeneration: 4 } } });
    opened.pass(10_000);
    opened.hardware().sample(id);
    expect(gpuAt(opened, '0000:01:00.0')).toMatchObject({ powerLimitW: { value: 320 }, link: { value: { generation: 4, width: 16 } } });
    opened.machine.set({ gpus: { 0: { nvmlDeviceGetCurrPcieLinkGeneration: 1 } } });
    opened.pass(10_000);
    expect(opened.hardware().sample(id)).toMatchObject({ linkGeneration: 1 });
    expect(gpuAt(opened, '0000:01:00.0')).toMatchObject({ link: { value: { generation: 4 } } });
  });

  test('a card that is divided into instances is shown and cannot be leased', async () => {
    using opened = await openRecorded('mig');
    expect(gpus(opened)).toMatchObject([{ name: 'NVIDIA A100 80GB PCIe', unshareable: { detail: expect.stringContaining('MIG') } }]);
    expect(opened.hardware().sample(gpus(opened)[0]?.id ?? '')).toMatchObject({ memoryTemperatureC: 41, memoryErrors: 0, fanShare: null });
  });

  test("a laptop's second GPU is left asleep, and known for good once it was looked at", async () => {
    using opened = await openRecorded('hybrid-laptop');
    expect(gpuAt(opened, '0000:01:00.0')).toMatchObject({
      memoryBytes: null,
      health: { kind: 'good' },
      unshareable: { detail: expect.stringContaining('sleeps') },
    });
    expect(opened.hardware().sample(gpuAt(opened, '0000:01:00.0').id)).toBeNull();
    expect(opened.hardware().nvml.state().kind).toBe('asleep');
    await opened.hardware().rescan();
    const awake = gpuAt(opened, '0000:01:00.0');
    expect(awake).toMatchObject({ name: 'NVIDIA GeForce RTX 4060 Laptop GPU', unshareable: null });
    expect(opened.hardware().sample(awake.id)).toBeNull(); // it went back to sleep
    opened.machine.set({
      gpus: { 0: { '*': { refused: 999 } } }, // whatever it is asked
      files: { 'sys/bus/pci/devices/0000:07:00.0/vendor': '0x8086', 'sys/bus/pci/devices/0000:07:00.0/class': '0x030000' },
    });
    await lookFor(opened);
    expect(gpuAt(opened, '0000:07:00.0')).toMatchObject({ unshareable: { detail: 'It has no driver.' } }); // all was looked for again
    expect(gpuAt(opened, '0000:01:00.0')).toBe(awake);
    await opened.restart();
    expect(opened.hardware().nvml.state().kind).toBe('asleep');
    expect(gpuAt(opened, '0000:01:00.0')).toMatchObject({ id: awake.id, memoryBytes: { value: 8_188 * 2 ** 20 }, unshareable: null });
  });

  test('a driver that was updated under a running one is said, and the cards keep what is known of them', async () => {
    using opened = await openRecorded('rtx-4090-and-3060');
    const ids = gpus(opened).map(({ id }) => id);
    opened.machine.set({ system: { nvmlInit_v2: { refused: NVML.versionMismatch } } });
    await opened.restart();
    expect(gpus(opened).map(({ id }) => id)).toEqual(ids);
    for (const device of gpus(opened)) {
      expect(device).toMatchObject({
        health: { kind: 'good' },
        memoryBytes: { source: 'NVML' },
        unshareable: { fix: expect.stringContaining('Restart') },
      });
    }
  });

  test('what was wrong with a driver is not said of a card that only sleeps since', async () => {
    using opened = await openRecorded('hybrid-laptop');
    await opened.hardware().rescan();
    opened.machine.set({ system: { nvmlInit_v2: { refused: NVML.versionMismatch } }, files: { [DGPU_STATUS]: 'active' } });
    await opened.restart();
    expect(gpuAt(opened, '0000:01:00.0')).toMatchObject({ unshareable: { fix: 'Restart the machine.' } });
    opened.machine.set({ system: { nvmlInit_v2: 0 }, files: { [DGPU_STATUS]: 'suspended' } });
    await opened.restart();
    expect(gpuAt(opened, '0000:01:00.0')).toMatchObject({ memoryBytes: { source: 'NVML' }, unshareable: null });
  });

  test('a card that comes while others are still being asked is found at the next look', async () => {
    using opened = await openRecorded('hybrid-laptop'); // a laptop's GPU is connected to in the meantime
    const rescanned = opened.hardware().rescan();
    for (let turn = 0; turn < 3; turn += 1) await Promise.resolve(); // the bus has been looked at
    const folder = 'sys/bus/pci/devices/0000:07:00.0';
    opened.machine.set({ files: { [`${folder}/vendor`]: '0x8086', [`${folder}/class`]: '0x030000' } });
    await rescanned;
    await lookFor(opened);
    expect(gpuAt(opened, '0000:07:00.0').vendor).toBe('Intel');
  });

  test('a driver that comes back by itself is noticed', async () => {
    using opened = await openRecorded('rtx-4090-and-3060');
    opened.machine.set({ system: { nvmlInit_v2: { refused: NVML.driverNotLoaded } } });
    await opened.restart();
    expect(gpus(opened)[0]?.unshareable?.fix).toContain('modprobe');
    opened.machine.set({ system: { nvmlInit_v2: 0 } });
    await expect
      .poll(
        async () => {
          await lookFor(opened);
          return gpus(opened).map(({ unshareable }) => unshareable);
        },
        { timeout: 10_000 },
      )
      .toEqual([null, null]);
  });
});

describe.skipIf(!onLinux)('GPUs by the kernel’s files', () => {
  test('an AMD card tells its memory, heat, power and the lanes of its slot, not those inside of the card', async () => {
    using opened = await openRecorded('rx-7900-xtx');
    const [card] = gpus(opened);
    expect(card).toMatchObject({
      name: 'AMD Radeon RX 7900 XTX',
      form: 'discrete',
      uuid: '9fa2b31c5d0e4f77',
      memoryBytes: { value: 25_753_026_560, source: 'amdgpu' },
      powerLimitW: { value: 339 },
      link: { value: { generation: 4, width: 8, maxWidth: 16 }, source: 'sysfs' },
      driver: { name: 'amdgpu', version: '6.12.43-amd64' },
      unshareable: { detail: expect.stringContaining('NVIDIA') },
    });
    expect(opened.hardware().sample(card?.id ?? '')).toMatchObject({
      source: 'amdgpu',
      busyShare: 0.12,
      memoryBusyShare: 0.03,
      temperatureC: 48,
      hotspotC: 57,
      memoryTemperatureC: 62,
      limitC: 100,
      powerW: 54,
      powerLimitW: 339,
      vramUsedBytes: GIB,
      coreClockMhz: 1_250,
      memoryClockMhz: 1_249,
      fanShare: 0.2,
      linkGeneration: 4,
      linkWidth: 8,
      throttle: null,
    });
  });

  test('AMD cards whose chip has no number of its own are told apart by their place', async () => {
    const { files, links } = readRecording('rx-7900-xtx');
    const second = Object.entries(files)
      .filter(([path]) => path.includes('0000:03:00.0/'))
      .map(([path, text]) => [path.replace(/^.*0000:03:00\.0\//, 'sys/bus/pci/devices/0000:0a:00.0/'), text] as const);
    const number = Object.keys(files).find((path) => path.endsWith('/unique_id')) ?? '';
    using opened = await openRecorded({
      files: { ...files, ...Object.fromEntries(second), [number]: '', 'sys/bus/pci/devices/0000:0a:00.0/unique_id': '0000000000000000' },
      links: { ...links, 'sys/bus/pci/devices/0000:0a:00.0/driver': '/sys/bus/pci/drivers/amdgpu' },
      nvml: null,
    });
    expect(gpus(opened)).toMatchObject([
      { name: 'AMD Radeon RX 7900 XTX', uuid: null },
      { name: 'AMD Radeon RX 7900 XTX', uuid: null },
    ]);
  });

  test('an AMD card that says 0 degrees of where it slows itself down has not told it', async () => {
    const recording = readRecording('rx-7900-xtx');
    const limit = Object.keys(recording.files).find((path) => path.endsWith('/temp1_crit')) ?? '';
    using opened = await openRecorded({ ...recording, files: { ...recording.files, [limit]: 0 } });
    expect(opened.hardware().sample(gpuAt(opened, '0000:03:00.0').id)).toMatchObject({ temperatureC: 48, limitC: null });
  });

  test('adapters that could not be listed are not known, and not said to be none', async () => {
    using opened = await openRecorded('no-gpu');
    vi.stubEnv('NODE_OPTIONS', '--no-such-option'); // the process that lists them ends at once
    await opened.hardware().listAdapters('asked');
    expect(opened.hardware().adapters()).toBeNull();
  });

  test('an AMD card that went to sleep is not asked, and asked again when it is awake', async () => {
    using opened = await openRecorded('rx-7900-xtx');
    const { id } = gpuAt(opened, '0000:03:00.0');
    const status = 'sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0/0000:02:00.0/0000:03:00.0/power/runtime_status';
    opened.machine.set({ files: { [status]: 'suspended' } });
    expect(opened.hardware().sample(id)).toBeNull();
    await opened.restart();
    expect(gpuAt(opened, '0000:03:00.0')).toMatchObject({ id, name: 'AMD Radeon RX 7900 XTX', memoryBytes: { value: 25_753_026_560 } });
    opened.machine.set({ files: { [status]: 'active' } });
    opened.hardware().sample(id);
    await lookFor(opened);
    expect(opened.hardware().sample(id)).toMatchObject({ powerW: 54 });
  });

  test('an Arc with the xe driver tells memory, heat and power from its meter of energy; an integrated UHD has none of its own', async () => {
    using opened = await openRecorded('arc-a770');
    const [uhd, arc] = gpus(opened);
    expect(uhd).toMatchObject({ name: 'Intel UHD Graphics 770', form: 'integrated', memoryBytes: null, link: null });
    expect(arc).toMatchObject({
      name: 'Intel Arc A770',
      form: 'discrete',
      memoryBytes: { value: 16 * GIB, source: 'xe' },
      powerLimitW: { value: 190 },
      link: { value: { generation: 4, width: 16 } },
    });
    expect(opened.hardware().sample(arc?.id ?? '')).toMatchObject({
      temperatureC: 49,
      memoryTemperatureC: 56,
      powerW: null,
      coreClockMhz: 600,
    });
    opened.pass(1_000);
    const meter = 'sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/0000:03:00.0/hwmon/hwmon4/energy1_input';
    opened.machine.set({ files: { [meter]: 1_042_000_000 } });
    expect(opened.hardware().sample(arc?.id ?? '')).toMatchObject({ powerW: 42 });
  });

  test('an integrated Radeon is told from a card by the parts of the processor beside it, and has no link to speak of', async () => {
    using opened = await openRecorded('rx-7900-xtx');
    expect(gpuAt(opened, '0000:03:00.0').form).toBe('discrete');
    const { files, links } = readRecording('hybrid-laptop');
    using laptop = await openRecorded({ files, links, nvml: null });
    expect(gpuAt(laptop, '0000:c4:00.0')).toMatchObject({ name: 'AMD Radeon 780M / 760M', form: 'integrated', link: null });
  });

  test('a card with nouveau is shown with what to do about it', async () => {
    using opened = await openRecorded('nouveau');
    expect(gpus(opened)).toMatchObject([
      {
        name: 'NVIDIA GeForce GTX 1060 6GB',
        driver: { name: 'nouveau' },
        unshareable: { detail: expect.stringContaining('nouveau'), fix: expect.stringContaining("NVIDIA's own driver") },
      },
    ]);
  });

  test('a card without its library is shown with the driver as the fix', async () => {
    using opened = await openRecorded({ ...readRecording('rtx-4090-and-3060'), nvml: null });
    for (const device of gpus(opened)) {
      expect(device).toMatchObject({ kind: 'gpu', unshareable: { fix: expect.stringContaining("Install NVIDIA's driver") } });
    }
  });

  test('a card that is set aside for a virtual machine is shown as such', async () => {
    const { files, links } = readRecording('rx-7900-xtx');
    const driver = Object.keys(links).find((path) => path.endsWith('0000:03:00.0/driver')) ?? '';
    using opened = await openRecorded({ files, links: { ...links, [driver]: '/sys/bus/pci/drivers/vfio-pci' }, nvml: null });
    expect(gpus(opened)).toMatchObject([{ unshareable: { detail: expect.stringContaining('virtual machine') } }]);
  });

  test('the display of a server board is no GPU', async () => {
    using opened = await openRecorded('no-gpu');
    expect(gpus(opened)).toEqual([]);
  });

  test('the processor is a device of its own, with its heat, its use and what its package draws', async () => {
    using opened = await openRecorded('no-gpu');
    const [processor] = opened.hardware().devices();
    // As in versions before this inventory: dev_ + sha256("a worker/cpu/0").
    expect(processor).toMatchObject({ kind: 'cpu', id: 'dev_3faa28b577ce6c0564327657', unshareable: null, health: { kind: 'good' } });
    const id = processor?.id ?? '';
    expect(opened.hardware().sample(id)).toMatchObject({ temperatureC: 38, limitC: 100, busyShare: null, powerW: null });
    opened.pass(1_000);
    opened.machine.set({
      files: { 'proc/stat': 'cpu  1025 0 1000 97075 1000 0 0 0 0 0', 'sys/class/powercap/intel-rapl:0/energy_uj': 5_030_000_000 },
    });
    expect(opened.hardware().sample(id)).toMatchObject({ busyShare: 0.25, powerW: 30 });
  });
});
