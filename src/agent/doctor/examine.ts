import { release } from 'node:os';
import type { HardwareDevice } from '../../contract/model/device.ts';
import type { DoctorReport } from '../../contract/model/doctor.ts';
import type { SensorReport } from '../../contract/model/presence.ts';
import type { SettingsView } from '../../contract/model/settings.ts';
import type { DeviceSample } from '../../contract/model/telemetry.ts';
import type { GraphicsAdapter } from '../hardware/adapters/graphics-adapter.ts';
import type { EngineProbe } from '../sandbox/capabilities.ts';
import { askGpuHost } from '../sandbox/gpu/gpu-host.ts';
import { judgeGpus } from '../sandbox/gpu/gpu-support.ts';
import { findings } from './doctor.ts';
import { readHostFacts } from './host.ts';

export interface ExamineDeps {
  /** `/` but in tests. */
  readonly root: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly devices: readonly HardwareDevice[];
  readonly samples: Readonly<Record<string, DeviceSample>>;
  readonly adapters: readonly GraphicsAdapter[] | null;
  readonly sensors: readonly SensorReport[];
  /** Null where there is no agent to have any. */
  readonly settings: SettingsView | null;
  readonly probeEngine: () => Promise<EngineProbe>;
  readonly nowMs: number;
}

/** Looks at the machine and the engine anew, and says what is there and what is missing. */
export async function examine(deps: ExamineDeps): Promise<DoctorReport> {
  const { devices, samples, adapters, sensors, settings } = deps;
  const engine = await deps.probeEngine();
  // Whether the toolkit is fit can be told before there is an engine to use it.
  const isEngineHere = engine.kernel === null || engine.kernel === release();
  const gpus = judgeGpus(await askGpuHost(deps.root), isEngineHere);
  return {
    atMs: deps.nowMs,
    findings: [
      ...findings({
        host: readHostFacts(deps.root, deps.dataDir, deps.env),
        devices,
        samples,
        adapters,
        engine: engine.state,
        gpus,
        sensors,
        settings: settings && { values: settings.values, tariffIsAssumed: settings.layerOf['power.tariff'] === 'default' },
      }),
    ],
  };
}
