import type { HardwareDevice } from '../../contract/model/device.ts';
import type { DeviceSample } from '../../contract/model/telemetry.ts';
import { GOOD } from './standing.ts';

/** What a look shows to be otherwise: a limit that the owner has set, a device that answers again, a link that idled when it was looked at first. */
export function asSampled(device: HardwareDevice, { powerLimitW, linkGeneration, linkWidth, source }: DeviceSample): HardwareDevice {
  const isBack = device.health.kind === 'lost';
  const limitChanged = powerLimitW !== null && powerLimitW !== device.powerLimitW?.value;
  const link = device.link?.value;
  const isFaster = link !== undefined && ((linkGeneration ?? 0) > (link.generation ?? 0) || (linkWidth ?? 0) > (link.width ?? 0));
  if (!isBack && !limitChanged && !isFaster) return device;
  return {
    ...device,
    health: isBack ? GOOD : device.health,
    powerLimitW: limitChanged ? { value: powerLimitW, source } : device.powerLimitW,
    link:
      isFaster && device.link !== null
        ? {
            ...device.link,
            value: { ...link, generation: most(linkGeneration, link.generation), width: most(linkWidth, link.width) },
          }
        : device.link,
  };
}

const most = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));
