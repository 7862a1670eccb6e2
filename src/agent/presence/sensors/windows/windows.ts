import { release } from 'node:os';
import type { Sensor, SensorContext } from '../../signals.ts';
import { constantSensor, openOn } from '../native-sensor.ts';
import { remembered } from '../remembered.ts';
import { openWindowsCpu } from './cpu.ts';
import { openWindowsFullscreen } from './fullscreen.ts';
import { openWindowsGamepad } from './gamepad.ts';
import { openWindowsGpu } from './gpu.ts';
import { openWindowsInhibitor } from './inhibitor.ts';
import { openWindowsInput } from './input.ts';
import type { Process } from './kernel32.ts';
import { openWindowsMetered } from './metered.ts';
import { openWindowsPower } from './power.ts';
import { openWindowsPrograms } from './programs.ts';
import { openWindowsSession } from './session.ts';

export interface WindowsDeps {
  /** Programs that the owner named: while one runs, nothing else does. */
  readonly namedPrograms: () => readonly string[];
  /** Processor time that our jobs (by the engine's count) and Nightshift itself used so far, ms. */
  readonly ourCpuMs: () => number;
  /** Process ids of Nightshift itself: agent, window, benchmark. */
  readonly ownPids: () => ReadonlySet<number>;
  /** A job of ours that uses a GPU runs now, frozen or not. */
  readonly gpuJobRuns: () => boolean;
}

/** Every sensor of Windows. Nothing is loaded before this is called; a library that is missing leaves its sensors unknown. */
export async function openWindowsSensors(context: SensorContext, deps: WindowsDeps): Promise<readonly Sensor[]> {
  const user32 = async () => (await import('./user32.ts')).loadUser32();
  const kernel32 = async () => (await import('./kernel32.ts')).loadKernel32();
  const powrprof = async () => (await import('./powrprof.ts')).loadPowrprof();
  let list: (() => readonly Process[]) | null = null;
  const processes = async () => {
    list ??= remembered((await kernel32()).processes, context.monotonicMs);
    return { processes: list };
  };
  return Promise.all([
    openOn(
      'input',
      'user32',
      async () => ({ ...(await user32()), ...(await kernel32()) }),
      (api) => openWindowsInput(context, api),
    ),
    openOn(
      'gamepad',
      'XInput',
      async () => ({ ...(await user32()), ...(await import('./xinput.ts')).loadXInput() }),
      (api) => openWindowsGamepad(context, api),
    ),
    openOn(
      'fullscreen',
      'user32',
      async () => ({ ...(await user32()), ...(await import('./shell32.ts')).loadShell32(), ...(await processes()), ownPids: deps.ownPids }),
      (api) => openWindowsFullscreen(context, api),
    ),
    openOn('inhibitor', 'powrprof', powrprof, (api) => openWindowsInhibitor(context, api)),
    openOn(
      'session',
      'WTS',
      async () => ({ ...(await kernel32()), ...(await import('./wtsapi32.ts')).loadWtsapi32(), release }),
      (api) => openWindowsSession(context, api),
    ),
    openOn(
      'gpu',
      'PDH',
      async () => ({ ...(await import('./pdh.ts')).loadPdh(), ...(await processes()), ownPids: deps.ownPids, gpuJobRuns: deps.gpuJobRuns }),
      (api) => openWindowsGpu(context, api),
    ),
    openOn(
      'power',
      'kernel32',
      async () => ({ ...(await kernel32()), ...(await powrprof()) }),
      (api) => openWindowsPower(context, api),
    ),
    openOn(
      'cpu',
      'kernel32',
      async () => ({ ...(await kernel32()), ourCpuMs: deps.ourCpuMs }),
      (api) => openWindowsCpu(context, api),
    ),
    openOn(
      'programs',
      'kernel32',
      async () => ({ ...(await processes()), namedPrograms: deps.namedPrograms }),
      (api) => openWindowsPrograms(context, api),
    ),
    openOn(
      'metered',
      'iphlpapi',
      async () => (await import('./iphlpapi.ts')).loadIphlpapi(),
      (api) => openWindowsMetered(context, api),
    ),
    constantSensor('temperature', {
      kind: 'absent',
      source: 'Windows',
      detail: 'Windows tells programs without administrator rights no temperature of the processor.',
    }),
    constantSensor('draw', { kind: 'absent', source: 'Windows', detail: 'Windows does not tell programs what the machine draws.' }),
    constantSensor('sleep', {
      kind: 'absent',
      source: 'Windows',
      detail: 'Nightshift notices by its clocks, afterwards, that Windows slept.',
    }),
  ]);
}
