import type { GraphicsAdapter } from '../adapters/graphics-adapter.ts';
import { type FoundDevice, NOTHING, SOFTWARE_ONLY, type Vendor } from './vendor.ts';

/** Software adapters: shown, so that nobody takes them for a GPU, and never offered. */
export function softwareVendor(adapters: () => readonly GraphicsAdapter[]): Vendor {
  return {
    async find() {
      const names = new Set(
        adapters()
          .filter(({ isSoftware }) => isSoftware)
          .map(({ name }) => name),
      );
      return [...names].map((name): FoundDevice => {
        const of = adapters().find((adapter) => adapter.name === name);
        return {
          facts: {
            kind: 'software',
            name,
            place: 'Software adapter',
            vendor: of?.vendor || null,
            form: null,
            source: 'WebGPU',
            cores: null,
            memoryBytes: null,
            uuid: null,
            busId: null,
            pciId: null,
            driver: of?.description ? { name: of.description, version: null } : null,
            powerLimitW: null,
            powerLimitDefaultW: null,
            link: null,
            unshareable: SOFTWARE_ONLY,
          },
          depth: 'asked',
          loss: null,
          look: () => NOTHING,
          close: () => undefined,
        };
      });
    },
    mark: () =>
      adapters()
        .filter(({ isSoftware }) => isSoftware)
        .map(({ name }) => name)
        .join('\n'),
  };
}
