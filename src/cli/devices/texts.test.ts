import { describe, expect, it } from 'vitest';
import { madeGpu, madeSample } from '../../agent/hardware/telemetry/testing/made-devices.ts';
import type { HardwareDevice } from '../../contract/model/device.ts';
import { settings } from '../../contract/model/settings.ts';
import type { WorkerState } from '../../contract/worker-api.ts';
import { historyText, listText, showText } from './texts.ts';

/** As much of a state as these texts read. */
const state = (devices: readonly HardwareDevice[], change: object = {}): WorkerState =>
  ({
    devices,
    telemetry: { dev_a: madeSample({ temperatureC: 61.4, powerW: null }) },
    settings: { values: settings.parse(change), layerOf: {}, locked: [] },
  }) as unknown as WorkerState; // a whole one would hide what matters here

const alarm = { code: 'hot', sinceMs: 0, detail: 'It is hot.', fix: 'Cool it.' } as const;

describe('the list of devices', () => {
  it('tells what each is, how it is and what it does, and what is not known', () => {
    const soft = madeGpu({ id: 'dev_soft', kind: 'software', name: 'llvmpipe', memoryBytes: null });
    const [, gpu, software] = listText(state([madeGpu(), soft])).split('\n');
    expect(gpu?.split(/\s{2,}/)).toEqual([
      'dev_a',
      'NVIDIA GeForce RTX 4090',
      'GPU',
      '24.0 GiB',
      'good',
      '61 °C',
      'unknown',
      '90%',
      'yes',
      'PCI 0000:01:00.0',
    ]);
    expect(software).toMatch(/llvmpipe\s+software adapter\s+unknown\s+good\s+unknown\s+unknown\s+unknown\s+no/);
  });

  it('names the first alarm, but for a card in a riser, which is well', () => {
    const alarms = [{ ...alarm, code: 'slow-link' } as const];
    expect(listText(state([madeGpu({ health: { kind: 'good', alarms } })]))).toMatch(/GiB {2}good/);
    expect(listText(state([madeGpu({ health: { kind: 'good', alarms: [...alarms, alarm] } })]))).toMatch(/GiB {2}hot/);
  });

  it('says so where there is none', () => {
    expect(listText(state([]))).toBe('No device was found in this machine.');
  });
});

describe('one device', () => {
  it('is shown with the source of its figures, and why it is not shared', () => {
    const gpu = madeGpu({ unshareable: { detail: 'Not yet.', fix: null }, powerLimitDefaultW: null });
    const text = showText(state([gpu]), gpu);
    expect(text).toMatch(/memory +24\.0 GiB \(made for a test\)/);
    expect(text).toMatch(/PCI Express +16 of 16 lanes, generation 4 of 4 \(made for a test\)/);
    expect(text).toMatch(/by default +unknown/);
    expect(text).toMatch(/shared +Not yet\./);
    expect(text).toMatch(/slowed down by +nothing/);
  });

  it('is not shared where its owner switched it off, or where it is in quarantine', () => {
    const gpu = madeGpu();
    expect(showText(state([gpu], { 'devices.off': ['dev_a'] }), gpu)).toMatch(/shared +You have switched it off/);
    const bad = madeGpu({ health: { kind: 'quarantined', cause: alarm, alarms: [{ ...alarm, code: 'throttled' }], untilMs: null } });
    const text = showText(state([bad]), bad);
    expect(text).toMatch(/health +quarantined since .*, until you release it\n +because +It is hot\. Cool it\.\n +throttled +since/);
    expect(text).toMatch(/shared +It is quarantined\./);
  });

  it('may be lost, and then tells nothing of now', () => {
    const lost = madeGpu({ id: 'dev_b', health: { kind: 'lost', sinceMs: 0, detail: 'It fell off.', fix: 'Restart.' } });
    const text = showText(state([lost]), lost);
    expect(text).toMatch(/health +lost since .*: It fell off\. Restart\./);
    expect(text).toContain('It tells nothing of what it does now.');
  });
});

describe('the past of a device', () => {
  const point = (atMs: number, temperatureC: number | null) => ({
    atMs,
    busyShare: null,
    temperatureC,
    maxTemperatureC: temperatureC,
    powerW: 100,
    vramUsedBytes: null,
    coreClockMhz: null,
  });

  it('is the least, the mean and the greatest of each figure, and how it went', () => {
    const points = [point(0, 40), point(1_800_000, null), point(3_599_000, 60)];
    const text = historyText({ deviceId: 'dev_a', range: 'minutes', stepMs: 1_000, points }, 3_600_000);
    expect(text).toMatch(/temperature +40 °C +50 °C +60 °C +▁ {58}█/);
    expect(text).toMatch(/load +unknown/);
    expect(text).toMatch(/draw +100 W +100 W +100 W +▁ +▁ +▁/);
  });

  it('says so where nothing is kept', () => {
    expect(historyText({ deviceId: 'dev_a', range: 'days', stepMs: 60_000, points: [] }, 0)).toBe('Nothing is kept of this time.');
  });
});
