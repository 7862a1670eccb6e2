import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Logger } from '../../../lib/log.ts';
import { type DeviceFacts, NOTHING, type Vendor } from './vendor.ts';

const SOURCE = 'system_profiler';
const ASK_MS = 20_000;
const displays = z.object({
  SPDisplaysDataType: z.array(
    z.object({
      sppci_model: z.string(),
      spdisplays_vendor: z.string().optional(),
      sppci_bus: z.string().optional(),
      'spdisplays_device-id': z.string().optional(),
      spdisplays_vram: z.string().optional(),
    }),
  ),
});
const MAKERS: Readonly<Record<string, string>> = { apple: 'Apple', amd: 'AMD', intel: 'Intel', nvidia: 'NVIDIA' };
const UNSHAREABLE = { detail: 'Containers get no GPU on macOS.', fix: null };

/** The GPUs of a Mac, by `system_profiler SPDisplaysDataType -json`. They tell no figures without root. */
export function appleVendor(logger: Logger): Vendor {
  return {
    async find() {
      try {
        const { stdout } = await promisify(execFile)('system_profiler', ['SPDisplaysDataType', '-json'], { timeout: ASK_MS });
        return parseDisplays(stdout).map((facts) => ({ facts, depth: 'asked', loss: null, look: () => NOTHING, close: () => undefined }));
      } catch (error) {
        logger.warn({ error }, 'system_profiler does not tell about the GPUs of this machine');
        return [];
      }
    },
    mark: () => '',
  };
}

/** What it says, by model. Apple's own GPUs share the machine's memory and have none. Throws where it says something else. */
export function parseDisplays(json: string): readonly DeviceFacts[] {
  return displays.parse(JSON.parse(json)).SPDisplaysDataType.map((display, index) => {
    const maker = /apple|amd|intel|nvidia/i.exec(display.spdisplays_vendor ?? '')?.[0] ?? null;
    const isBuiltIn = display.sppci_bus === 'spdisplays_builtin';
    const memoryBytes = bytesOf(display.spdisplays_vram);
    return {
      kind: 'gpu',
      name: display.sppci_model,
      place: `Graphics ${index}`,
      vendor: maker === null ? null : (MAKERS[maker.toLowerCase()] ?? null),
      form: isBuiltIn ? 'integrated' : 'discrete',
      source: SOURCE,
      cores: null,
      memoryBytes: memoryBytes === null ? null : { value: memoryBytes, source: SOURCE },
      uuid: null,
      busId: null,
      pciId: display['spdisplays_device-id']?.replace(/^0x/, '') ?? null,
      driver: null,
      powerLimitW: null,
      powerLimitDefaultW: null,
      link: null,
      unshareable: UNSHAREABLE,
    };
  });
}

/** "8 GB" */
function bytesOf(text: string | undefined): number | null {
  const [, amount, unit] = /^(\d+) (MB|GB)$/.exec(text ?? '') ?? [];
  return amount === undefined ? null : Number(amount) * (unit === 'GB' ? 2 ** 30 : 2 ** 20);
}
