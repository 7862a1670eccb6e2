import { describe, expect, test } from 'vitest';
import { type GpuApi, openWindowsGpu } from './gpu.ts';
import { combineGpuUse, parseGpuInstance } from './gpu-counters.ts';
import type { CounterValue } from './pdh.ts';

const LUID = 'luid_0x00000000_0x0000C85A_phys_0';
const gpu = LUID.toLowerCase();

describe('names of instances', () => {
  test('of an engine', () => expect(parseGpuInstance(`pid_1234_${LUID}_eng_0_engtype_3D`)).toEqual({ pid: 1234, gpu }));
  test('of an engine whose type has a space in it', () =>
    expect(parseGpuInstance(`pid_8_${LUID}_eng_11_engtype_High Priority Compute`)).toEqual({
      pid: 8,
      gpu,
    }));
  test('of an engine without a type', () => expect(parseGpuInstance(`pid_8_${LUID}_eng_5_engtype_`)).toEqual({ pid: 8, gpu }));
  test('of memory', () => expect(parseGpuInstance(`pid_1234_${LUID}`)).toEqual({ pid: 1234, gpu }));
  test('of a second instance of the same name', () => expect(parseGpuInstance(`pid_1234_${LUID}#1`)).toEqual({ pid: 1234, gpu }));
  test.each(['_Total', '', 'pid_x', 'luid_0x0_0x1_phys_0'])('that are none of these: %j', (name) =>
    expect(parseGpuInstance(name)).toBeNull(),
  );
});

test('a program is as busy as on its busiest engine, and holds what its memory counters add up to', () => {
  const engines = [
    { instance: `pid_1_${LUID}_eng_0_engtype_3D`, value: 12 },
    { instance: `pid_1_${LUID}_eng_4_engtype_VideoDecode`, value: 40 },
    { instance: `pid_2_${LUID}_eng_0_engtype_3D`, value: 130 },
  ];
  const dedicated = [{ instance: `pid_1_${LUID}`, value: 2 ** 31 }];
  expect(combineGpuUse(engines, dedicated)).toEqual([
    { pid: 1, gpu, busyShare: 0.4, vramBytes: 2 ** 31 },
    { pid: 2, gpu, busyShare: 1, vramBytes: null },
  ]);
});

describe('the sensor', () => {
  async function setUp(more: Partial<GpuApi> = {}) {
    const now = { ms: 0 };
    const samples: { engines: readonly CounterValue[] | null; fails: boolean } = { engines: null, fails: false };
    let closed = 0;
    const api: GpuApi = {
      open: async () => ({
        async collect() {
          if (samples.fails) throw new Error('PdhCollectQueryData failed with 0x800007d0');
        },
        values: (index) => (index === 0 ? samples.engines : [{ instance: `pid_5_${LUID}`, value: 0 }]),
        close: () => {
          closed += 1;
        },
      }),
      processes: () => [
        { pid: 1, name: 'game.exe' },
        { pid: 2, name: 'vmmemWSL' },
        { pid: 3, name: 'nightshift.exe' },
      ],
      ownPids: () => new Set([3]),
      gpuJobRuns: () => false,
      ...more,
    };
    const sensor = await openWindowsGpu({ env: {}, monotonicMs: () => now.ms, changed: () => undefined, root: '/' }, api);
    const sampled = () => new Promise((resolve) => setImmediate(resolve));
    await sampled();
    /** Lets a second go by and the sample that is due be taken. */
    async function settle() {
      now.ms += 1_000;
      sensor.read();
      await sampled();
      return sensor.read();
    }
    return { now, samples, sensor, settle, closed: () => closed };
  }
  const engines = [1, 2, 3, 4].map((pid) => ({ instance: `pid_${pid}_${LUID}_eng_0_engtype_3D`, value: 50 }));

  test('is unknown until two samples are there', async () => {
    const { samples, sensor, settle } = await setUp();
    expect(sensor.read()).toMatchObject({ kind: 'unknown', detail: 'Use of the GPU is being measured.' });
    expect(await settle()).toMatchObject({ kind: 'unknown' });
    samples.engines = [];
    expect(await settle()).toMatchObject({ kind: 'known', value: [] });
  });

  test('names the others, and what it could not name', async () => {
    const { samples, settle } = await setUp();
    samples.engines = engines;
    expect(await settle()).toEqual({
      kind: 'known',
      source: 'GPU performance counters',
      value: ['game.exe', 'vmmemWSL', null].map((program) => ({ gpu, program, busyShare: 0.5, vramBytes: null })),
    });
  });

  test('takes the virtual machine for ours while a GPU job of ours runs in it', async () => {
    const { samples, settle } = await setUp({ gpuJobRuns: () => true });
    samples.engines = engines;
    const reading = await settle();
    expect(reading.kind === 'known' && reading.value.map((use) => use.program)).toEqual(['game.exe', null]);
  });

  test('is unknown while Windows refuses, and known again afterwards', async () => {
    const { samples, settle } = await setUp();
    samples.fails = true;
    expect(await settle()).toMatchObject({ kind: 'unknown', fix: expect.stringContaining('driver') });
    samples.fails = false;
    samples.engines = [];
    expect(await settle()).toMatchObject({ kind: 'known' });
  });

  test('does not go on saying what it saw long ago', async () => {
    let hangs = false;
    const { now, sensor, settle } = await setUp({
      open: async () => ({
        collect: () => (hangs ? new Promise(() => undefined) : Promise.resolve()),
        values: () => [],
        close: () => undefined,
      }),
    });
    expect(await settle()).toMatchObject({ kind: 'known' });
    hangs = true;
    await settle();
    now.ms += 11_000;
    expect(sensor.read()).toMatchObject({ kind: 'unknown', detail: 'Windows has not told the use of the GPU for a while.' });
  });

  test('gives its query back after the collection that is under way', async () => {
    let finish = (): void => undefined;
    let closed = false;
    const { sensor } = await setUp({
      open: async () => ({
        collect: () => new Promise((resolve) => (finish = resolve)),
        values: () => [],
        close: () => {
          closed = true;
        },
      }),
    });
    await sensor.close();
    expect(closed).toBe(false);
    finish();
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(true);
  });

  test('gives its query back', async () => {
    const { sensor, settle, closed } = await setUp();
    await settle();
    await sensor.close();
    expect(closed()).toBe(1);
  });
});
