import type { LeaseTerms } from '../../contract/model/lease.ts';

/** Terms of a lease for tests: 0.05 credits an hour, a fee of 20%, at most a minute. */
export const TEST_TERMS: LeaseTerms = {
  leaseId: 'lease_1',
  leaseEpoch: 3,
  jobId: 'job_1',
  deviceId: 'dev_1',
  workerId: 'worker_1',
  spec: {
    name: 'j',
    image: `sha256:${'0'.repeat(64)}`,
    command: ['true'],
    env: {},
    inputs: null,
    outputs: [],
    deviceClass: 'cpu',
    vramBytes: null,
    timeLimitMs: 60_000,
    memoryBytes: 2 ** 26,
    diskBytes: 2 ** 26,
    cpus: 1,
    network: { kind: 'none' },
    checkpoint: null,
    maxMicroPerHour: 50_000,
  },
  checkpoint: null,
  microPerHour: 50_000,
  takeRateBasisPoints: 2_000,
  currency: 'TEST',
  maxUnfrozenMs: 60_000,
  receiptIntervalMs: 5_000,
  grantedAtMs: 0,
};
