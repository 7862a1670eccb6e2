import type { HardwareDevice } from '../../../contract/model/device.ts';
import { settings } from '../../../contract/model/settings.ts';
import type { EngineState } from '../../../contract/worker-api.ts';
import type { GraphicsAdapter } from '../../hardware/adapters/graphics-adapter.ts';
import { madeGpu, madeSample } from '../../hardware/telemetry/testing/made-devices.ts';
import type { HostFacts } from '../host.ts';
import type { DoctorInput } from '../input.ts';

/** A healthy machine for tests, on which one thing at a time can be made wrong. */
export const DEBIAN: HostFacts = {
  platform: 'linux',
  osName: 'Debian GNU/Linux 12 (bookworm)',
  distributions: ['debian'],
  kernel: '6.1.0',
  architecture: 'x64',
  memoryBytes: 64 * 2 ** 30,
  isRoot: false,
  session: 'X11 session (GNOME)',
  disk: { path: '/home/a/.local/share/nightshift', freeBytes: 500 * 2 ** 30 },
  hasEngineProgram: false,
  nvidia: { moduleVersion: '570.86', library: { version: '570.86' }, nodes: 'usable' },
};
export const READY: Extract<EngineState, { kind: 'ready' }> = {
  kind: 'ready',
  name: 'Docker Engine',
  version: '28.1.1',
  apiVersion: '1.49',
  missing: [],
};

export const madeCpu = (): HardwareDevice =>
  madeGpu({
    id: 'dev_cpu',
    kind: 'cpu',
    name: 'AMD Ryzen 9 7950X',
    place: 'socket 0',
    vendor: 'AMD',
    form: null,
    cores: 32,
    memoryBytes: { value: 64 * 2 ** 30, source: 'made for a test' },
    uuid: null,
    busId: null,
    pciId: null,
    driver: null,
    link: null,
  });

export const madeAdapter = (over: Partial<GraphicsAdapter> = {}): GraphicsAdapter => ({
  name: 'NVIDIA GeForce RTX 4090',
  backend: 'vulkan',
  vendor: 'nvidia',
  architecture: 'lovelace',
  description: '',
  isSoftware: false,
  ...over,
});

export const madeInput = (over: Partial<DoctorInput> = {}): DoctorInput => ({
  host: DEBIAN,
  devices: [madeGpu(), madeCpu()],
  samples: { dev_a: madeSample(), dev_cpu: madeSample() },
  adapters: [madeAdapter()],
  engine: READY,
  gpus: { kind: 'offered', leasedBy: 'device' },
  sensors: [{ signal: 'input', source: 'X11', state: 'works', detail: '', fix: null }],
  settings: { values: settings.parse({}), tariffIsAssumed: false },
  ...over,
});
