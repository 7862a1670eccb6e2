import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import type { DeviceSample } from '../../../src/contract/model/telemetry.ts';
import { needsOwner } from './health-standing.ts';

/** All devices of this machine in four figures. Null: nobody tells it. */
export interface Fleet {
  readonly gpus: number;
  /** Drawn now by those devices that tell it, and how many that are of how many that are here. */
  readonly powerW: number | null;
  readonly powerKnown: number;
  readonly here: number;
  readonly hottest: { readonly deviceId: string; readonly temperatureC: number } | null;
  /** In quarantine, lost, or with an alarm. */
  readonly attention: number;
}

export function fleetOf(devices: readonly HardwareDevice[], telemetry: Readonly<Record<string, DeviceSample>>): Fleet {
  const here = devices.filter(({ kind, health }) => kind !== 'software' && health.kind !== 'lost');
  const samples = here.map(({ id }) => ({ id, sample: telemetry[id] }));
  const draws = samples.flatMap(({ sample }) => (sample?.powerW == null ? [] : [sample.powerW]));
  const heats = samples.flatMap(({ id, sample }) =>
    sample?.temperatureC == null ? [] : [{ deviceId: id, temperatureC: sample.temperatureC }],
  );
  return {
    gpus: devices.filter(({ kind }) => kind === 'gpu').length,
    powerW: draws.length === 0 ? null : draws.reduce((sum, watts) => sum + watts, 0),
    powerKnown: draws.length,
    here: here.length,
    hottest: heats.reduce<Fleet['hottest']>((most, one) => (most === null || one.temperatureC > most.temperatureC ? one : most), null),
    attention: devices.filter(({ health }) => needsOwner(health)).length,
  };
}
