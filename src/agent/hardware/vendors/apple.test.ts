import { expect, test } from 'vitest';
import { parseDisplays } from './apple.ts';

test("a Mac's own GPU has no memory of its own, an AMD card has", () => {
  const json = JSON.stringify({
    SPDisplaysDataType: [
      {
        _name: 'Apple M2 Pro',
        sppci_model: 'Apple M2 Pro',
        spdisplays_vendor: 'sppci_vendor_Apple',
        sppci_bus: 'spdisplays_builtin',
        sppci_cores: '19',
      },
      {
        sppci_model: 'AMD Radeon Pro 5500M',
        spdisplays_vendor: 'sppci_vendor_amd',
        sppci_bus: 'spdisplays_pcie_device',
        'spdisplays_device-id': '0x7340',
        spdisplays_vram: '8 GB',
      },
    ],
  });
  expect(parseDisplays(json)).toMatchObject([
    {
      name: 'Apple M2 Pro',
      vendor: 'Apple',
      form: 'integrated',
      memoryBytes: null,
      unshareable: { detail: expect.stringContaining('macOS') },
    },
    { name: 'AMD Radeon Pro 5500M', vendor: 'AMD', form: 'discrete', memoryBytes: { value: 8 * 2 ** 30 } },
  ]);
});

test('what is no list of displays is refused', () => {
  expect(() => parseDisplays('{}')).toThrow();
});
