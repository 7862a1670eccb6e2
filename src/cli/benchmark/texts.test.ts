import { describe, expect, it } from 'vitest';
import { containerText } from './container-command.ts';
import { ofFailure, ofResult, testBenchmark, testDevice, testFailure, testResult } from './testing/devices.ts';
import { benchmarkText, digits, endText, historyText, listText, resultText } from './texts.ts';

const cells = (text: string, start: string): string[] =>
  text
    .split('\n')
    .find((row) => row.startsWith(start))
    ?.split(/\s{2,}/) ?? [];
const STATED = [{ figure: 'triadGBs', reference: 360, share: 0.883, source: 'stated by NVIDIA' }];

describe('a result in words', () => {
  const text = resultText(testResult(), STATED);

  it('has every figure first, with its unit, its spread and how it was reached; what was not reached is a dash', () => {
    expect(cells(text, 'matrix product f32')).toEqual(['matrix product f32', '8.25 TFLOPS', '1.2 %', '11', 'yes', '-', 'tiled 128x64']);
    expect(cells(text, 'memory triad')).toEqual(['memory triad', '318 GB/s', '1.2 %', '11', 'yes', '88 %', 'tiled 128x64']);
    expect(cells(text, 'memory copy')[4]).toBe('no');
    expect(cells(text, 'multiply-add f16')).toEqual(['multiply-add f16', '-', '-', '-', '-', '-', '-']);
  });

  it('then conditions, the score with what stood in for what, and the notes', () => {
    expect(text).toContain('97.4 % of the speed at its beginning; 168 W, idle 12 W, at most 71 °C, throttled 0 % of the time');
    expect(text).toContain('vulkan, NVIDIA GeForce RTX 3060, driver 550.54; the only GPU here');
    expect(text).toContain('limit      170 W');
    expect(text.indexOf('score      26.4')).toBeGreaterThan(text.indexOf('host to device'));
    expect(text).toContain('(matrix product f32 in its place): 8.25 % of the reference, to the power of 0.4');
    expect(text.split('\n').at(-1)).toBe('! The memory read was repeated: its spread was above 5 %.');
  });

  it('says what is unknown', () => {
    const { conditions, vector } = testResult();
    const bare = resultText(
      testResult({
        score: null,
        conditions: { ...conditions, powerLimitW: null, driver: null, proof: 'unproven' },
        vector: { ...vector, memoryBytes: null, sustainedShare: null },
        sustained: { idlePowerW: null, meanPowerW: null, maxTemperatureC: null, throttledShare: null, source: null },
      }),
      [],
    );
    expect(bare).toContain('memory     not filled');
    expect(bare).toContain('sustained  not measured; power unknown\n');
    expect(bare).toContain('not proven that it was this card');
    expect(bare).toContain('score      none');
    expect(bare).not.toContain('limit');
  });
});

describe('devices in words', () => {
  it('has each in a line: score, when, whether it counts, what went wrong since, and when next', () => {
    const current = testBenchmark({ result: testResult(), standing: 'current', nextAtMs: Date.UTC(2026, 11, 22) });
    const failed = testBenchmark({ deviceId: 'dev_b', last: ofFailure(testFailure()), standing: 'none', nextAtMs: 1 });
    const text = listText([testDevice(), testDevice({ id: 'dev_b', place: 'PCI 0000:41:00.0' })], [current, failed]);
    expect(cells(text, 'dev_a')).toEqual([
      'dev_a',
      'NVIDIA GeForce RTX 3060 (PCI 0000:01:00.0)',
      '26.4',
      new Date(testResult().atMs).toLocaleString(),
      `current; again from ${new Date(Date.UTC(2026, 11, 22)).toLocaleString()} on, while nobody is here`,
    ]);
    expect(cells(text, 'dev_b').slice(2)).toEqual(['-', '-', 'not measured yet; last run: hung; next while nobody is here']);
    expect(listText([], [])).toBe('There is no device on this machine.');
  });

  it('tells of one why its result no longer counts, and the failure since', () => {
    const benchmark = testBenchmark({ last: ofFailure(testFailure()), result: testResult(), standing: 'changed', datasheet: STATED });
    const text = benchmarkText(testDevice(), benchmark);
    expect(text).toContain('out of date: device, driver or power limit changed\n');
    expect(text).toContain('The device or its driver hung. (hung; step: sustained load)\n  Update the graphics driver.');
    expect(text).toContain('8.25 TFLOPS');
  });

  it('has a line for each run of the past', () => {
    const text = historyText([ofFailure(testFailure({ code: 'wrong-results' })), ofResult(testResult())]);
    expect(text).toMatch(/scheduled\s+-\s+-\s+-\s+-\s+-\s+COMPUTED WRONGLY, step: sustained load/);
    expect(text).toMatch(/asked for\s+26\.4\s+8\.25\s+20\.3\s+318\s+170 W\s+measured, driver 550\.54/);
    expect(historyText([])).toBe('This device has not been measured yet.');
  });

  it('says how a run ended', () => {
    expect(endText(ofResult(testResult()))).toContain('Measured in 52 s.');
    expect(endText(null)).toContain('It did not begin: it was cancelled, or could no longer be measured.');
    expect(endText(ofFailure(testFailure({ fix: null })))).not.toContain('\n');
  });
});

it.each([
  [0.000456, '0.000456'],
  [0.0456, '0.0456'],
  [8.254, '8.25'],
  [20.34, '20.3'],
  [612.5, '613'],
  [1_979, '1979'],
  [0, '0.000000'],
])('writes %d with three digits: %s', (value, text) => {
  expect(digits(value)).toBe(text);
});

it('shows what a container found, and what it could not', () => {
  const figure = {
    name: 'gemm-f16',
    value: 612.5,
    unit: 'TFLOPS',
    samples: 11,
    iqrShare: 0.004,
    verified: true,
    detail: 'n = 8192',
  } as const;
  const text = containerText(`pytorch@sha256:${'0'.repeat(64)}`, {
    schemaVersion: 1,
    framework: { name: 'PyTorch', version: '2.9' },
    device: { kind: 'cuda', name: 'NVIDIA H100', uuid: 'GPU-1' },
    figures: [figure],
    errors: [{ figure: 'gemm-i8', detail: 'not in this version' }],
  });
  expect(cells(text, 'gemm-f16')).toEqual(['gemm-f16', '613 TFLOPS', '0.4 %', '11', 'yes', 'n = 8192']);
  expect(text).toContain('NVIDIA H100 (cuda, GPU-1), as seen in the container');
  expect(text).toContain('! gemm-i8: not in this version');
});
