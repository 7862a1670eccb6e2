import { expect, test } from 'vitest';
import { findByNvidiaSmi } from './nvidia-smi.ts';

/** In the order of its columns, in the form that driver 570 prints. */
const row = (heat: number, draw: string) =>
  `GPU-a, NVIDIA GeForce RTX 3060, 00000000:05:00.0, 0x250310DE, 570.169, 12288, 96, ${draw}, 130.00, 170.00, ${heat}, N/A, 12, 3, 1777, 7301, 40, 3, 1, 4, 16, 0x0000000000000004, [N/A]\n`;

test('a card that only the program tells of has the same facts as one of the library', async () => {
  const [card] = await findByNvidiaSmi(async () => row(61, '98.12'));
  expect(card?.facts).toMatchObject({
    name: 'NVIDIA GeForce RTX 3060',
    place: 'PCI 0000:05:00.0',
    uuid: 'GPU-a',
    busId: '0000:05:00.0',
    pciId: '10de:2503',
    memoryBytes: { value: 12 * 2 ** 30, source: 'nvidia-smi' },
    powerLimitW: { value: 130 },
    powerLimitDefaultW: { value: 170 },
    link: { value: { generation: 3, width: 1, maxGeneration: 4, maxWidth: 16 } },
    unshareable: null,
  });
});

test('its figures are fetched in the background, some seconds old, and unknown where the program says so', async () => {
  let asked = 0;
  const [card] = await findByNvidiaSmi(async () => {
    asked += 1;
    return row(60 + asked, '[N/A]');
  });
  const look = async (nowMs: number) => {
    card?.look(nowMs);
    await new Promise(setImmediate);
    return card?.look(nowMs);
  };
  expect(await look(1_000_000)).toMatchObject({
    sample: {
      atMs: 1_000_000,
      temperatureC: 62,
      memoryTemperatureC: null,
      powerW: null,
      busyShare: 0.12,
      fanShare: 0.4,
      throttle: ['power'],
    },
  });
  expect(await look(1_001_000)).toMatchObject({ sample: { atMs: 1_000_000 } });
  expect(asked).toBe(2);
  expect(await look(1_020_000)).toMatchObject({ sample: { atMs: 1_020_000, temperatureC: 63 } });
});

test('a program that is not there tells of no card', async () => {
  expect(await findByNvidiaSmi(async () => null)).toEqual([]);
});
