import { expect, it } from 'vitest';
import type { HardwareDevice } from '../../../contract/model/device.ts';
import { adapterOf } from './adapter-of.ts';
import type { GraphicsAdapter } from './graphics-adapter.ts';

const device = (name: string, kind: HardwareDevice['kind'] = 'gpu'): HardwareDevice => ({
  ...{ id: `dev_${name}`, kind, name, place: '', vendor: null, form: null, source: 'test', cores: null, memoryBytes: null, uuid: null },
  ...{ busId: null, pciId: null, driver: null, powerLimitW: null, powerLimitDefaultW: null, link: null, unshareable: null },
  health: { kind: 'good', alarms: [] },
});
const adapter = (name: string, backend = 'vulkan', isSoftware = false): GraphicsAdapter => ({
  ...{ name, backend, vendor: '', architecture: '', description: '', isSoftware },
});
const found = (name: string, others: readonly string[], adapters: readonly GraphicsAdapter[]): string | null =>
  adapterOf(device(name), [device(name), ...others.map((other) => device(other))], adapters)?.name ?? null;

it('finds the adapter of a card among others by its model', () => {
  const rig = [
    adapter('NVIDIA GeForce RTX 4090'),
    adapter('NVIDIA GeForce RTX 3060'),
    adapter('llvmpipe (LLVM 19, 256 bits)', 'vulkan', true),
  ];
  expect(found('NVIDIA GeForce RTX 3060', ['NVIDIA GeForce RTX 4090'], rig)).toBe('NVIDIA GeForce RTX 3060');
  expect(found('NVIDIA GeForce RTX 4090', ['NVIDIA GeForce RTX 3060'], rig)).toBe('NVIDIA GeForce RTX 4090');
  expect(found('AMD Radeon RX 7900 XTX', [], [adapter('AMD Radeon RX 7900 XTX (RADV NAVI31)')])).toBe(
    'AMD Radeon RX 7900 XTX (RADV NAVI31)',
  );
});

it('does not take a Ti or an XTX for the model without it where both are there', () => {
  const both = [adapter('NVIDIA GeForce RTX 3060 Ti'), adapter('NVIDIA GeForce RTX 3060')];
  expect(found('NVIDIA GeForce RTX 3060', ['NVIDIA GeForce RTX 3060 Ti'], both)).toBe('NVIDIA GeForce RTX 3060');
  expect(found('NVIDIA GeForce RTX 3060 Ti', ['NVIDIA GeForce RTX 3060'], both)).toBe('NVIDIA GeForce RTX 3060 Ti');
});

it('goes by elimination where the only card has another name, and never otherwise', () => {
  expect(found('AMD GPU 1002:744c', [], [adapter('AMD Radeon Graphics (RADV NAVI31)')])).toBe('AMD Radeon Graphics (RADV NAVI31)');
  expect(
    found('AMD GPU 1002:744c', ['NVIDIA GeForce RTX 4090'], [adapter('AMD Radeon Graphics'), adapter('NVIDIA GeForce RTX 4090')]),
  ).toBeNull();
  expect(found('AMD GPU 1002:744c', [], [adapter('llvmpipe', 'vulkan', true)])).toBeNull();
});

it('gives a GPU no software, and software no GPU', () => {
  const adapters = [adapter('llvmpipe (LLVM 15)', 'vulkan', true), adapter('NVIDIA GeForce RTX 4090')];
  expect(adapterOf(device('llvmpipe (LLVM 15)', 'software'), [], adapters)?.name).toBe('llvmpipe (LLVM 15)');
  expect(adapterOf(device('Intel Xeon', 'cpu'), [], adapters)).toBeNull();
});

it('prefers Vulkan, which has the matrix units', () => {
  const adapters = [adapter('NVIDIA GeForce RTX 4090', 'd3d12'), adapter('NVIDIA GeForce RTX 4090')];
  expect(adapterOf(device('NVIDIA GeForce RTX 4090'), [], adapters)?.backend).toBe('vulkan');
});
