import type { Logger } from '../../../lib/log.ts';
import type { GraphicsAdapter } from '../adapters/graphics-adapter.ts';
import { pciNames } from '../linux/pci-names.ts';
import type { NvmlConnection } from '../nvml/nvml-connection.ts';
import { loadDxgi } from '../windows/dxgi.ts';
import { amdVendor } from './amd.ts';
import { appleVendor } from './apple.ts';
import { intelVendor } from './intel.ts';
import { nvidiaVendor } from './nvidia.ts';
import { askNvidiaSmi } from './nvidia-smi.ts';
import { processorVendor } from './processor.ts';
import { softwareVendor } from './software.ts';
import { undrivenVendor } from './undriven.ts';
import type { Vendor } from './vendor.ts';
import { windowsVendor } from './windows.ts';

export interface VendorsOptions {
  readonly root: string;
  readonly platform: NodeJS.Platform;
  readonly nvml: NvmlConnection;
  readonly logger: Logger;
  readonly adapters: () => readonly GraphicsAdapter[];
}

/** Everybody who may know of devices on this platform. */
export function openVendors({ root, platform, nvml, logger, adapters }: VendorsOptions): readonly Vendor[] {
  const processor = processorVendor(root, platform, logger);
  const names = pciNames(root);
  const nvidia = nvidiaVendor({ root, platform, connection: nvml, names, askSmi: askNvidiaSmi });
  switch (platform) {
    case 'linux':
      return [nvidia, amdVendor(root, names), intelVendor(root, names), undrivenVendor(root, names), softwareVendor(adapters), processor];
    case 'win32':
      return [nvidia, windowsVendor(loadDxgi, () => nvml.state().kind === 'connected', logger), processor];
    case 'darwin':
      return [appleVendor(logger), processor];
    default:
      return [processor];
  }
}
