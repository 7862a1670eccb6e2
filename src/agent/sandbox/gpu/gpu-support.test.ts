import { expect, test } from 'vitest';
import { type GpuSupport, gpuGaps, judgeGpus } from './gpu-support.ts';

const ctk = (version: string): string =>
  `NVIDIA Container Toolkit CLI version ${version}\ncommit: 85f6445d8cdb0e9cb0fa5d5d9a9ab0d0b9e7f5a1\n`;
const cli = (version: string): string => `cli-version: ${version}\nlib-version: ${version}\nbuild platform: x86_64\n`;
const judged = (...toolkitAnswers: readonly string[]): GpuSupport => judgeGpus({ isWsl: false, toolkitAnswers }, true);

test('a toolkit at or above the floor offers each GPU alone', () => {
  for (const version of ['1.19.1', '1.19.2', '1.20.0-rc.1', '2.0.0']) {
    expect(judged(ctk(version), cli(version))).toEqual({ kind: 'offered', leasedBy: 'device' });
  }
});

test('a toolkit below the floor, or with one part below it, offers none and says which version', () => {
  for (const version of ['1.9.0', '1.17.8', '1.19.0', '1.19.1-rc.2']) {
    expect(judged(ctk('1.20.0'), cli(version))).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining(`${version} is too old`),
    });
  }
});

test('a toolkit that is absent, silent or in another machine offers none', () => {
  expect(judged()).toMatchObject({ kind: 'refused', reason: expect.stringContaining('install 1.19.1') });
  expect(judged(ctk('1.19.1'), '')).toMatchObject({ kind: 'refused', reason: expect.stringContaining('does not tell its version') });
  expect(judgeGpus({ isWsl: false, toolkitAnswers: [cli('1.19.1')] }, false)).toMatchObject({ kind: 'refused' });
});

test('on WSL2 the machine is offered as a whole', () => {
  expect(judgeGpus({ isWsl: true, toolkitAnswers: [cli('1.19.1')] }, true)).toEqual({ kind: 'offered', leasedBy: 'machine' });
});

test('a machine without NVIDIA GPUs has nothing to say about them; any other says that VRAM is not overwritten, or why there are no GPU jobs', () => {
  expect(gpuGaps(judgeGpus(null, true))).toEqual([]);
  expect(gpuGaps(judged())).toEqual([expect.stringMatching(/^GPU jobs are not offered: /)]);
  expect(gpuGaps(judged(cli('1.19.1')))).toEqual([expect.stringMatching(/^GPU memory is not overwritten .*driver/)]);
  expect(gpuGaps({ kind: 'offered', leasedBy: 'machine' })).toEqual([expect.stringMatching(/^GPU memory is not overwritten .*Windows/)]);
});
