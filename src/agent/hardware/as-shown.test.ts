import { expect, it } from 'vitest';
import { asShown } from './as-shown.ts';
import { madeGpu } from './telemetry/testing/made-devices.ts';

const REFUSED = { kind: 'refused', reason: 'the toolkit is too old' } as const;

it('tells the owner of a GPU that no job can have it, and what of it is in the way', () => {
  expect(asShown(madeGpu(), REFUSED).unshareable).toEqual({
    detail: 'Jobs cannot have it: the toolkit is too old.',
    fix: expect.stringContaining('npx nightshift doctor'),
  });
});

it('leaves everything else as it is', () => {
  const own = madeGpu({ unshareable: { detail: 'Not yet.', fix: null } });
  const cpu = madeGpu({ kind: 'cpu' });
  for (const device of [own, cpu]) expect(asShown(device, REFUSED)).toBe(device);
  const gpu = madeGpu();
  expect(asShown(gpu, { kind: 'offered', leasedBy: 'device' })).toBe(gpu);
  expect(asShown(gpu, { kind: 'none' }), 'the engine has not been asked yet').toBe(gpu);
});
