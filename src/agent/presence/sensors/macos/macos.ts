import type { Sensor, SensorContext } from '../../signals.ts';
import { constantSensor, openOn } from '../native-sensor.ts';
import { remembered } from '../remembered.ts';
import { openMacCpu } from './cpu.ts';
import { openMacFullscreen } from './fullscreen.ts';
import { openMacGamepad } from './gamepad.ts';
import { openMacGpu } from './gpu.ts';
import { openMacInhibitor } from './inhibitor.ts';
import { openMacInput } from './input.ts';
import { openMacPower } from './power.ts';
import { openMacPrograms } from './programs.ts';
import { openMacSession } from './session.ts';

export interface MacDeps {
  /** Programs that the owner named: while one runs, nothing else does. */
  readonly namedPrograms: () => readonly string[];
  /** Processor time that our jobs (by the engine's count) and Nightshift itself used so far, ms. */
  readonly ourCpuMs: () => number;
  /** Process ids of Nightshift itself: agent, window, benchmark. */
  readonly ownPids: () => ReadonlySet<number>;
}

/** Every sensor of macOS. Nothing is loaded before this is called; a library that is missing leaves its sensors unknown. */
export async function openMacSensors(context: SensorContext, deps: MacDeps): Promise<readonly Sensor[]> {
  const foundation = async () => (await import('./core-foundation.ts')).loadCoreFoundation();
  const graphics = async () => (await import('./core-graphics.ts')).loadCoreGraphics(await foundation());
  const ioKit = async () => (await import('./iokit.ts')).loadIoKit(await foundation());
  const system = async () => (await import('./system.ts')).loadMacSystem();
  let names: (() => readonly string[]) | null = null;
  const processNames = async () => {
    names ??= remembered((await system()).processNames, context.monotonicMs);
    return { processNames: names };
  };
  return Promise.all([
    openOn('input', 'Core Graphics', graphics, (api) => openMacInput(context, api)),
    openOn('gamepad', 'IOKit', ioKit, (api) => openMacGamepad(context, api)),
    openOn(
      'fullscreen',
      'Core Graphics',
      async () => ({ ...(await graphics()), ownPids: deps.ownPids }),
      (api) => openMacFullscreen(context, api),
    ),
    openOn(
      'inhibitor',
      'IOKit',
      async () => ({ ...(await ioKit()), ownPids: deps.ownPids }),
      (api) => openMacInhibitor(context, api),
    ),
    openOn(
      'session',
      'Core Graphics',
      async () => ({ ...(await graphics()), ...(await system()), ...(await processNames()) }),
      (api) => openMacSession(context, api),
    ),
    openOn('gpu', 'IOKit', ioKit, (api) => openMacGpu(context, api)),
    openOn('power', 'IOKit', ioKit, (api) => openMacPower(context, api)),
    openOn(
      'cpu',
      'libSystem',
      async () => ({ ...(await system()), ourCpuMs: deps.ourCpuMs }),
      (api) => openMacCpu(context, api),
    ),
    openOn(
      'programs',
      'libSystem',
      async () => ({ ...(await processNames()), namedPrograms: deps.namedPrograms }),
      (api) => openMacPrograms(context, api),
    ),
    constantSensor('metered', {
      kind: 'unknown',
      source: 'macOS',
      detail: 'Nightshift cannot tell on a Mac whether your connection is paid by volume.',
      fix: 'Pause Nightshift while you use the hotspot of a phone.',
    }),
    constantSensor('temperature', {
      kind: 'absent',
      source: 'macOS',
      detail: 'macOS tells programs only how hard it throttles, no temperature.',
    }),
    constantSensor('draw', { kind: 'absent', source: 'macOS', detail: 'macOS tells only root what the processors draw.' }),
    constantSensor('sleep', {
      kind: 'absent',
      source: 'macOS',
      detail: 'Nightshift notices by its clocks, afterwards, that the Mac slept.',
    }),
  ]);
}
