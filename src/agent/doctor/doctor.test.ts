import { describe, expect, it } from 'vitest';
import type { Finding } from '../../contract/model/doctor.ts';
import { settings } from '../../contract/model/settings.ts';
import { madeGpu, madeSample } from '../hardware/telemetry/testing/made-devices.ts';
import { findings, shareable } from './doctor.ts';
import type { DoctorInput } from './input.ts';
import { DEBIAN, madeAdapter, madeCpu, madeInput, READY } from './testing/made-input.ts';

const found = (over: Partial<DoctorInput> = {}): readonly Finding[] => findings(madeInput(over));
const one = (id: string, over: Partial<DoctorInput> = {}): Finding | undefined => found(over).find((each) => each.id === id);
const shares = (over: Partial<DoctorInput> = {}): readonly string[] => shareable({ atMs: 0, findings: [...found(over)] });
const UBUNTU = { ...DEBIAN, distributions: ['ubuntu', 'debian'] };
const FEDORA = { ...DEBIAN, distributions: ['fedora'] };
const ARCH = { ...DEBIAN, distributions: ['arch'] };

it('finds nothing missing on a machine where all is well, each finding once', () => {
  const all = found();
  expect(all.filter(({ level }) => level === 'missing' || level === 'limited')).toEqual([]);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(shares()).toEqual(['NVIDIA GeForce RTX 4090', 'AMD Ryzen 9 7950X']);
});

describe('GPUs', () => {
  it('may be missing: the processor can still be shared, and is never called a GPU', () => {
    const none = { devices: [madeCpu()], gpus: { kind: 'none' } as const };
    expect(one('no-gpu', none)).toMatchObject({ level: 'limited', detail: expect.stringContaining('only the processor') });
    expect(one('device:cpu:dev_cpu', none)).toMatchObject({ level: 'good', detail: expect.stringContaining('Processor (no GPU)') });
    expect(one('nvidia-driver', none)).toBeUndefined();
    expect(one('gpu-containers', none)).toBeUndefined();
    expect(one('gpu-containers', { ...none, devices: [madeGpu()] })?.level).toBe('missing');
    expect(shares(none)).toEqual(['AMD Ryzen 9 7950X']);
  });

  it('are not a software adapter', () => {
    const llvmpipe = madeGpu({ id: 'dev_soft', kind: 'software', name: 'llvmpipe', vendor: null, pciId: null });
    const software = { devices: [madeCpu(), llvmpipe] };
    expect(one('no-gpu', software)?.detail).toContain('computes on the processor: llvmpipe.');
    expect(one('device:software:dev_soft', software)).toMatchObject({
      level: 'unneeded',
      detail: expect.stringContaining('never offered'),
    });
    expect(shares({ devices: [llvmpipe] })).toEqual([]);
  });

  it('of the same name are told apart by their place', () => {
    const twins = [madeGpu(), madeGpu({ id: 'dev_b', place: 'PCI 0000:41:00.0' })];
    expect(found({ devices: twins }).flatMap(({ id, title }) => (id.startsWith('device:') ? [title] : []))).toEqual([
      'NVIDIA GeForce RTX 4090 (PCI 0000:01:00.0)',
      'NVIDIA GeForce RTX 4090 (PCI 0000:41:00.0)',
    ]);
  });

  it('that are lost, quarantined or unshareable say so with the fix; others are not touched', () => {
    const cause = { code: 'wrong-results', sinceMs: 0, detail: 'It miscounted.', fix: 'Look at it.' } as const;
    const devices = [
      madeGpu(),
      madeGpu({ id: 'dev_lost', health: { kind: 'lost', sinceMs: 0, detail: 'It fell off.', fix: 'Restart.' } }),
      madeGpu({ id: 'dev_bad', health: { kind: 'quarantined', cause, alarms: [], untilMs: null } }),
      madeGpu({ id: 'dev_amd', vendor: 'AMD', pciId: '1002:744c', unshareable: { detail: 'Not yet.', fix: null } }),
      madeGpu({ id: 'dev_uhd', vendor: 'Intel', pciId: '8086:4680', form: 'integrated', unshareable: { detail: 'Not yet.', fix: null } }),
    ];
    const levels = Object.fromEntries(found({ devices }).map(({ id, level }) => [id, level]));
    expect(levels).toMatchObject({
      'device:gpu:dev_a': 'good',
      'device:gpu:dev_lost': 'missing',
      'device:gpu:dev_bad': 'missing',
      'device:gpu:dev_amd': 'missing',
      'device:gpu:dev_uhd': 'unneeded',
      'nvidia-driver': 'good',
    });
    expect(one('device:gpu:dev_bad', { devices })).toMatchObject({
      detail: 'It miscounted. Nothing runs on it until you release it.',
      fix: 'Look at it. Release it: `npx nightshift devices release dev_bad`',
    });
    expect(shares({ devices }), 'the first of two of the same name').toHaveLength(1);
    expect(shares({ devices: devices.slice(1) })).toEqual([]);
  });

  it('with alarms are limited; one in a riser is not', () => {
    const alarm = (code: 'hot' | 'slow-link') => ({ code, sinceMs: 0, detail: `It is ${code}.`, fix: `Mend ${code}.` }) as const;
    const link = { value: { generation: 3, width: 1, maxGeneration: 4, maxWidth: 16 }, source: 'NVML' };
    const devices = [
      madeGpu({ link, health: { kind: 'good', alarms: [alarm('slow-link')] } }),
      madeGpu({ id: 'dev_b', health: { kind: 'good', alarms: [alarm('slow-link'), alarm('hot')] } }),
    ];
    expect(one('device:gpu:dev_a', { devices })).toMatchObject({
      level: 'good',
      detail: 'GPU, 24 GiB of memory, power limit 450 W, 1 of its 16 PCI Express lanes.',
      fix: null,
    });
    expect(one('device:gpu:dev_b', { devices })).toMatchObject({
      level: 'limited',
      detail: expect.stringMatching(/It is hot\.$/),
      fix: 'Mend hot.',
    });
  });

  it('tell the owner’s power limit beside that of the maker', () => {
    const devices = [madeGpu({ powerLimitW: { value: 300, source: 'NVML' } })];
    expect(one('device:gpu:dev_a', { devices })?.detail).toBe('GPU, 24 GiB of memory, power limit 300 W (450 W by default).');
  });

  it('can be measured where WebGPU reaches hardware', () => {
    const llvmpipe = madeAdapter({ name: 'llvmpipe', isSoftware: true });
    expect(one('adapters', { adapters: [llvmpipe] })).toMatchObject({
      level: 'limited',
      detail: expect.stringContaining('only llvmpipe'),
      fix: expect.stringContaining('nvidia-vulkan-icd'),
    });
    expect(one('adapters', { adapters: [llvmpipe, madeAdapter()] })?.level).toBe('good');
    expect(one('adapters', { adapters: null })).toBeUndefined();
  });
});

describe('NVIDIA’s driver', () => {
  const silent = (driver: string | null) => [
    madeGpu({ driver: driver === null ? null : { name: driver, version: null }, unshareable: { detail: 'No answer.', fix: 'Update.' } }),
  ];
  const facts = { moduleVersion: '570.86', library: { version: '570.86' }, nodes: 'usable' } as const;
  const judged = (driver: string | null, over: Partial<DoctorInput['host']['nvidia']>, host = DEBIAN) =>
    one('nvidia-driver', { devices: silent(driver), host: { ...host, nvidia: { ...facts, ...over } } });
  const missing = { moduleVersion: null, library: null, nodes: 'absent' } as const;

  it('is found out to be nouveau, or missing, with what to install on this system', () => {
    expect(judged('nouveau', missing)).toMatchObject({ level: 'missing', detail: expect.stringContaining('nouveau') });
    expect(judged(null, missing)?.fix).toContain('`sudo apt-get update && sudo apt-get install -y nvidia-driver`');
    expect(judged(null, missing, UBUNTU)?.fix).toContain('`sudo ubuntu-drivers install`');
    expect(judged(null, missing, FEDORA)?.fix).toContain('akmod-nvidia');
    expect(judged(null, missing, ARCH)?.fix).toContain('pacman');
    expect(judged(null, missing, { ...DEBIAN, isRoot: true })?.fix).not.toContain('sudo');
    expect(judged(null, missing, { ...DEBIAN, platform: 'win32', distributions: [] })?.fix).toContain('https://www.nvidia.com/drivers');
  });

  it('is found out to lack its library, to be updated while it runs, or to be closed to this user', () => {
    expect(judged('nvidia', { library: null }, UBUNTU)).toMatchObject({
      detail: 'Version 570.86 runs, but its library is missing.',
      fix: 'Run: `sudo apt-get install -y nvidia-utils-570`',
    });
    expect(judged('nvidia', { library: { version: '580.1' } })?.fix).toBe('Restart the machine.');
    expect(judged('nvidia', { library: { version: null } }), 'what the card’s own finding says').toBeUndefined();
    expect(judged('nvidia', { moduleVersion: null })?.fix).toContain('modprobe');
    expect(judged('nvidia', { nodes: 'denied' })?.fix).toContain('usermod');
    expect(judged('nvidia', { nodes: 'absent' })?.fix).toContain('nvidia-modprobe');
    expect(judged('vfio-pci', {})?.detail).toContain('virtual machines');
  });

  it('does not answer because it did so before: of a card that is silent now the inventory remembers the version', () => {
    expect(one('nvidia-driver', { devices: [madeGpu({ unshareable: { detail: 'No answer.', fix: 'Restart.' } })] })).toBeUndefined();
  });

  it('answers for a card in quarantine, also where there is no kernel module, as in WSL', () => {
    const cause = { code: 'wrong-results', sinceMs: 0, detail: 'It miscounted.', fix: null } as const;
    const devices = [madeGpu({ health: { kind: 'quarantined', cause, alarms: [], untilMs: null } })];
    const host = { ...DEBIAN, nvidia: { ...facts, moduleVersion: null } };
    expect(one('nvidia-driver', { devices, host })?.level).toBe('good');
  });

  it('says the fix once, not with each card as well', () => {
    expect(one('device:gpu:dev_a', { devices: silent('nouveau') })?.fix).toBeNull();
  });

  it('answers as long as one card does', () => {
    const lost = madeGpu({ id: 'dev_b', health: { kind: 'lost', sinceMs: 0, detail: 'Gone.', fix: 'Restart.' } });
    expect(one('nvidia-driver', { devices: [lost, madeGpu()] })).toMatchObject({ level: 'good', detail: 'Version 570.86 answers.' });
    expect(one('nvidia-driver', { devices: [lost] })).toBeUndefined();
  });
});

describe('the container engine', () => {
  const engine = { kind: 'missing', detail: 'None was found.', fix: 'See the manual.' } as const;

  it('is to be installed where there is none, by the system’s own command', () => {
    expect(one('engine', { engine })).toMatchObject({
      level: 'missing',
      fix: expect.stringContaining('sudo apt-get install -y docker.io'),
    });
    expect(one('engine', { engine, host: { ...DEBIAN, distributions: ['gentoo'] } })?.fix).toBe('See the manual.');
    expect(shares({ engine })).toEqual([]);
  });

  it('is not to be installed again where it stands still or is closed to this user', () => {
    expect(one('engine', { engine, host: { ...DEBIAN, hasEngineProgram: true } })?.fix).toBe('See the manual.');
  });

  it('says what it does not enforce, and of GPUs in their own finding', () => {
    const reason = 'the NVIDIA container toolkit is not installed; install 1.19.1 or newer';
    const gpus = { kind: 'refused', reason } as const;
    const gaps = { gpus, engine: { ...READY, missing: ['Swap use is not limited.', `GPU jobs are not offered: ${reason}.`] } };
    expect(one('engine-limits', gaps)).toMatchObject({ level: 'limited', detail: 'Swap use is not limited.' });
    expect(one('gpu-containers', gaps)).toMatchObject({
      level: 'missing',
      detail: `Jobs cannot have them: ${reason}.`,
      fix: expect.stringContaining('nvidia-ctk runtime configure'),
    });
    expect(shares(gaps)).toEqual(['AMD Ryzen 9 7950X']);
    expect(one('gpu-containers', { gpus: { kind: 'offered', leasedBy: 'machine' } })?.level).toBe('limited');
  });
});

describe('the machine', () => {
  it('needs memory, disk and a processor for which there is a sandbox', () => {
    const small = { ...DEBIAN, memoryBytes: 2 ** 30, disk: { path: '/d', freeBytes: 2 ** 30 } };
    expect(one('memory', { host: small })?.level).toBe('missing');
    expect(one('disk', { host: small })?.level).toBe('missing');
    expect(one('disk', { host: { ...DEBIAN, disk: { path: '/d', freeBytes: 10 * 2 ** 30 } } })?.level).toBe('limited');
    expect(one('system', { host: { ...DEBIAN, architecture: 'ia32' } })?.level).toBe('missing');
    expect(shares({ host: small })).toEqual([]);
  });
});

describe('presence', () => {
  it('says each signal that is unknown, with the session where input is', () => {
    const detail = 'This desktop does not say when you typed.';
    const sensors = [
      { signal: 'input', source: 'Wayland', state: 'unknown', detail, fix: 'Use GNOME.' },
      { signal: 'power', source: 'sysfs', state: 'absent', detail: 'No battery.', fix: null },
      { signal: 'cpu', source: 'proc', state: 'works', detail: '', fix: null },
      { signal: 'cpu', source: 'other', state: 'absent', detail: '', fix: null },
    ] as const;
    const host = { ...DEBIAN, session: 'Wayland session (sway)' };
    expect(found({ sensors, host }).filter(({ group }) => group === 'presence')).toMatchObject([
      { level: 'good', detail: 'Nightshift can tell: processor use by others.' },
      {
        level: 'missing',
        title: 'Unknown: keyboard and mouse',
        detail: expect.stringContaining('Wayland session (sway)'),
        fix: 'Use GNOME.',
      },
      { level: 'unneeded', detail: 'Mains and battery.' },
    ]);
  });
});

describe('power', () => {
  it('says which draw is measured, and that the price of electricity is assumed', () => {
    const devices = [madeGpu(), madeCpu()];
    const samples = { dev_a: madeSample(), dev_cpu: madeSample({ powerW: null }) };
    const values = settings.parse({});
    expect(one('draw-measured', { devices, samples })?.detail).toContain('RTX 4090');
    expect(one('draw-estimated', { devices, samples })).toMatchObject({ level: 'limited', detail: expect.stringContaining('Ryzen') });
    expect(one('tariff', { settings: { values, tariffIsAssumed: true } })).toMatchObject({
      level: 'limited',
      detail: 'Not said, so 0.30 a kilowatt-hour is assumed.',
    });
    expect(one('tariff', { settings: { values, tariffIsAssumed: false } })?.level).toBe('good');
    expect(one('tariff', { settings: null })).toBeUndefined();
  });
});
