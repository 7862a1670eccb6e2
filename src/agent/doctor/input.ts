import type { HardwareDevice } from '../../contract/model/device.ts';
import type { SensorReport } from '../../contract/model/presence.ts';
import type { Settings } from '../../contract/model/settings.ts';
import type { DeviceSample } from '../../contract/model/telemetry.ts';
import type { EngineState } from '../../contract/worker-api.ts';
import type { GraphicsAdapter } from '../hardware/adapters/graphics-adapter.ts';
import type { GpuSupport } from '../sandbox/gpu/gpu-support.ts';
import type { HostFacts } from './host.ts';

/** Everything that the doctor looks at. Null: it could not be looked at, and nothing is said of it. */
export interface DoctorInput {
  readonly host: HostFacts;
  readonly devices: readonly HardwareDevice[];
  readonly samples: Readonly<Record<string, DeviceSample>>;
  readonly adapters: readonly GraphicsAdapter[] | null;
  readonly engine: EngineState;
  readonly gpus: GpuSupport;
  readonly sensors: readonly SensorReport[];
  /** `tariffIsAssumed`: the owner has not said what electricity costs. */
  readonly settings: { readonly values: Settings; readonly tariffIsAssumed: boolean } | null;
}
