import { expect, it } from 'vitest';
import type { LeaseTerms } from '../../contract/model/lease.ts';
import type { Offer } from '../../contract/model/offer.ts';
import { TEST_TERMS } from '../testing/terms.ts';
import { faultOfAsk } from './terms.ts';

const { spec } = TEST_TERMS;
const OFFER: Offer = {
  deviceId: TEST_TERMS.deviceId,
  deviceClass: spec.deviceClass,
  deviceName: 'CPU',
  microPerHour: TEST_TERMS.microPerHour,
  vramBytes: null,
  memoryBytes: spec.memoryBytes,
  diskBytes: spec.diskBytes,
  cpus: spec.cpus,
  egress: false,
};

it('takes no checkpoint for a job that saves none, and none that its disk cannot hold', () => {
  const digest = `sha256:${'c'.repeat(64)}`;
  const fault = (saves: LeaseTerms['spec']['checkpoint'], sizeBytes: number): string | null =>
    faultOfAsk({ ...TEST_TERMS, spec: { ...spec, checkpoint: saves }, checkpoint: { digest, sizeBytes } }, OFFER);
  const saves = { intervalMs: 1_000, graceMs: 0 };
  expect(faultOfAsk(TEST_TERMS, OFFER)).toBeNull();
  expect(fault(saves, spec.diskBytes)).toBeNull();
  expect(fault(saves, spec.diskBytes + 1)).toMatch(/checkpoint/);
  expect(fault(null, 1_024)).toMatch(/checkpoint/);
});

it('lets a job connect only where the owner allows it', () => {
  const network = { kind: 'egress', allow: ['example.org:443'], maxUploadBytes: 1, maxDownloadBytes: 1 } as const;
  const terms = { ...TEST_TERMS, spec: { ...spec, network: { ...network, allow: [...network.allow] } } };
  expect(faultOfAsk(terms, OFFER)).toMatch(/connections/);
  expect(faultOfAsk(terms, { ...OFFER, egress: true })).toBeNull();
});

it('takes no job for a larger GPU than it offers', () => {
  const gpu = { ...OFFER, deviceClass: 'gpu', vramBytes: 8 * 2 ** 30 } as const;
  const fault = (vramBytes: number | null) => faultOfAsk({ ...TEST_TERMS, spec: { ...spec, deviceClass: 'gpu', vramBytes } }, gpu);
  expect([fault(null), fault(8 * 2 ** 30)]).toEqual([null, null]);
  expect(fault(8 * 2 ** 30 + 1)).toMatch(/larger GPU/);
});
