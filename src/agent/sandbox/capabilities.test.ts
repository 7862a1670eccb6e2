import { expect, test } from 'vitest';
import { type EngineAnswer, type HostAnswer, judgeEngine, parseHardLimits } from './capabilities.ts';

const answer: EngineAnswer = {
  version: { Version: '20.10.24', ApiVersion: '1.41', Os: 'linux', Arch: 'amd64' },
  info: {
    NCPU: 2,
    OSType: 'linux',
    KernelVersion: '6.1.0',
    CgroupVersion: '1',
    MemoryLimit: true,
    SwapLimit: true,
    PidsLimit: true,
    CpuCfsQuota: true,
    SecurityOptions: ['name=seccomp,profile=default'],
    Runtimes: { runc: {} },
  },
};
const host: HostAnswer = { kernelVersion: '6.1.0', noLoopDisks: null, ulimitCeilings: new Map(), gpus: null };
const missingOf = (info: Partial<EngineAnswer['info']>, on = host): string => {
  const { state } = judgeEngine({ ...answer, info: { ...answer.info, ...info } }, on);
  return state.kind === 'ready' ? state.missing.join(' ') : state.kind;
};

test('an engine that enforces everything misses nothing', () => {
  expect(judgeEngine(answer, host)).toMatchObject({
    state: { kind: 'ready', name: 'Docker Engine', version: '20.10.24', apiVersion: '1.41', missing: [] },
    capabilities: { loopDisks: true, runtime: 'runc', cpuCount: 2, gpus: { kind: 'none' } },
  });
});

test('what is not enforced is said in plain words', () => {
  expect(missingOf({ MemoryLimit: false })).toMatch(/Memory limits are not enforced/);
  expect(missingOf({ SecurityOptions: [] })).toMatch(/System calls are not filtered/);
  expect(missingOf({ SecurityOptions: ['name=seccomp', 'name=rootless'] })).toMatch(/Memory limits.*CPU limits.*number of processes/);
  expect(missingOf({}, { ...host, noLoopDisks: 'disks of a fixed size need Linux' })).toMatch(/Disk limits are not enforced: disks of/);
  expect(missingOf({ KernelVersion: '6.10.14-linuxkit' })).toMatch(/Disk limits are not enforced: the engine runs in another machine/);
});

test('GPU jobs wait for a toolkit of this machine that is new enough, and what is not enforced for them is said', () => {
  const withToolkit = (toolkitAnswers: readonly string[]): HostAnswer => ({ ...host, gpus: { isWsl: false, toolkitAnswers } });
  expect(missingOf({}, withToolkit([]))).toMatch(/GPU jobs are not offered: the NVIDIA container toolkit is not installed/);
  expect(missingOf({}, withToolkit(['cli-version: 1.17.8']))).toMatch(/GPU jobs are not offered: .* 1\.17\.8 is too old/);
  expect(missingOf({}, withToolkit(['cli-version: 1.19.1']))).toMatch(/^GPU memory is not overwritten/);
  expect(missingOf({ KernelVersion: '6.6.87-microsoft' }, withToolkit(['cli-version: 1.19.1']))).toMatch(
    /GPU jobs are not offered: the engine/,
  );
});

test('an engine that cannot hold a job is missing, with its fix', () => {
  expect(judgeEngine({ ...answer, version: { ...answer.version, ApiVersion: '1.40' } }, host).state).toMatchObject({ kind: 'missing' });
  expect(missingOf({ OSType: 'windows' })).toBe('missing');
});

test('hard limits are read from the kernel, those that are limited', () => {
  const text = [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max core file size        0                    unlimited            bytes     ',
    'Max open files            1024                 20000                files     ',
  ].join('\n');
  expect(parseHardLimits(text)).toEqual(new Map([['nofile', 20_000]]));
});
