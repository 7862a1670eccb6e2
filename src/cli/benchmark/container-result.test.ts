import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ContainerBenchmarkResult, containerBenchmarkResult } from '../../contract/model/container-benchmark.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { readContainerResult } from './container-result.ts';

const GOOD: ContainerBenchmarkResult = {
  schemaVersion: 1,
  framework: { name: 'PyTorch', version: '2.9.1+cu129' },
  device: { kind: 'cuda', name: 'NVIDIA H100 PCIe', uuid: 'GPU-1' },
  figures: [{ name: 'gemm-f16', value: 612.5, unit: 'TFLOPS', samples: 11, iqrShare: 0.004, verified: true, detail: 'n = 8192' }],
  errors: [{ figure: 'gemm-i8', detail: 'not in this version' }],
};
const left = (content: string | Buffer): string => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'benchmark.json'), content);
  return folder;
};

describe('what a container benchmark leaves', () => {
  it('is taken as it is where it keeps the contract', () => {
    expect(readContainerResult(left(JSON.stringify(GOOD)))).toEqual(GOOD);
  });

  const [figure] = GOOD.figures;
  it.each([
    ['', 'it is not JSON'],
    ['{"schemaVersion":1', 'it is not JSON'],
    ['null', 'the whole of it: '],
    [JSON.stringify({ ...GOOD, schemaVersion: 2 }), 'schemaVersion: '],
    [JSON.stringify({ ...GOOD, extra: 1 }), 'the whole of it: '],
    [JSON.stringify({ ...GOOD, figures: [], errors: [] }), 'must hold a figure'],
    [JSON.stringify({ ...GOOD, figures: [figure, figure] }), 'figures: must name each figure once'],
    [JSON.stringify({ ...GOOD, figures: [{ ...figure, value: -1 }] }), 'figures.0.value: '],
    [JSON.stringify({ ...GOOD, figures: [{ ...figure, value: 0 }] }).replace('"value":0', '"value":1e999'), 'figures.0.value: '],
    [JSON.stringify({ ...GOOD, figures: Array.from({ length: 101 }, (_, i) => ({ ...figure, name: `f-${i}` })) }), 'figures: '],
    [JSON.stringify({ ...GOOD, device: { ...GOOD.device, name: '\u001b[2J' } }), 'device.name: must have no control characters'],
    [`{"__proto__": ${JSON.stringify(GOOD)}}`, 'schemaVersion: '],
  ])('is refused with the reason: %.60s', (content, reason) => {
    expect(() => readContainerResult(left(content))).toThrow(reason);
  });

  it('is refused where it is too large, no file, or not there', () => {
    expect(() => readContainerResult(left(Buffer.alloc(256 * 1024 + 1, ' ')))).toThrow('larger than 256 KiB');
    expect(() => readContainerResult(tempFolder())).toThrow('it left no such file');
    const linked = tempFolder();
    symlinkSync('/etc/hostname', join(linked, 'benchmark.json'));
    expect(() => readContainerResult(linked)).toThrow('it is no plain file');
    const folder = tempFolder();
    mkdirSync(join(folder, 'benchmark.json'));
    expect(() => readContainerResult(folder)).toThrow('it is no plain file');
  });

  it('ends in a result that keeps the contract or in a problem without control characters, whatever it is', () => {
    const mangled = fc
      .tuple(fc.jsonValue(), fc.constantFrom('schemaVersion', 'framework', 'device', 'figures', 'errors', '\u001b[31m'))
      .map(([value, key]) => JSON.stringify({ ...GOOD, [key]: value }));
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), mangled), (content) => {
        try {
          containerBenchmarkResult.parse(readContainerResult(left(content)));
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
          expect(error instanceof ProblemError && error.problem.detail).toMatch(/^\P{Cc}{1,400}$/u);
        }
      }),
      { numRuns: 200 },
    );
  });
});
