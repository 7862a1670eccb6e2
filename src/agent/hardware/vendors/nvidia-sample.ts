import { known, positive, share, watts } from '../nvml/answers.ts';
import type { NvmlGpu } from '../nvml/nvml-connection.ts';
import type { NvmlFigure, NvmlLibrary } from '../nvml/nvml-library.ts';
import { SOURCE } from '../nvml/nvml-trouble.ts';
import { throttleReasons } from '../nvml/throttle-reasons.ts';
import { type Look, UNKNOWN_SAMPLE } from './vendor.ts';

const SLOW_EVERY_MS = 10_000;

/** What changes seldom and costs the driver more to tell: limits, the link, counters of errors, the fan. */
export interface SlowFigures {
  readonly powerLimitW: number | null;
  readonly fanShare: number | null;
  readonly linkGeneration: number | null;
  readonly linkWidth: number | null;
  readonly memoryErrors: number | null;
}

/** A reader that asks the driver for them now and then. */
export function slowFigures({ device }: NvmlGpu, nvml: NvmlLibrary): (nowMs: number) => SlowFigures {
  let askedMs = Number.NEGATIVE_INFINITY;
  let figures: SlowFigures | null = null;
  const figure = (which: NvmlFigure) => known(nvml.figure(which, device));
  return (nowMs) => {
    if (figures !== null && Math.abs(nowMs - askedMs) < SLOW_EVERY_MS) return figures;
    askedMs = nowMs;
    figures = {
      powerLimitW: watts(positive(figure('nvmlDeviceGetEnforcedPowerLimit'))),
      fanShare: share(figure('nvmlDeviceGetFanSpeed')),
      linkGeneration: positive(figure('nvmlDeviceGetCurrPcieLinkGeneration')),
      linkWidth: positive(figure('nvmlDeviceGetCurrPcieLinkWidth')),
      memoryErrors: known(nvml.uncorrectedErrors(device)),
    };
    return figures;
  };
}

/** A look at a card that is awake and answers. */
export function sampleOf(gpu: NvmlGpu, nvml: NvmlLibrary, temperatureC: number | null, slow: SlowFigures, atMs: number): Look {
  const { device } = gpu;
  const utilisation = known(nvml.utilisation(device));
  const reasons = known(nvml.throttleReasons(device));
  const milliwatts = known(nvml.milliwatts(device));
  return {
    kind: 'sample',
    sample: {
      ...UNKNOWN_SAMPLE,
      ...slow,
      atMs,
      source: SOURCE,
      busyShare: share(utilisation?.gpu ?? null),
      memoryBusyShare: share(utilisation?.memory ?? null),
      temperatureC,
      memoryTemperatureC: positive(known(nvml.memoryCelsius(device))), // consumer cards of some drivers say 0
      limitC: gpu.slowdownC,
      powerW: watts(milliwatts),
      vramUsedBytes: known(nvml.memory(device))?.usedBytes ?? null,
      coreClockMhz: known(nvml.clockMhz(device, 'graphics')),
      memoryClockMhz: known(nvml.clockMhz(device, 'memory')),
      throttle: reasons === null ? null : throttleReasons(reasons),
    },
  };
}
