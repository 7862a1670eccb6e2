import fc from 'fast-check';
import type { LeaseTerms } from '../../src/contract/model/lease.ts';
import type { Offer } from '../../src/contract/model/offer.ts';
import { hostileNumber, hostileText, variableName } from './hostile-words.ts';

/** How seldom a field is hostile: terms have about forty. */
const SELDOM = 60;
const MIB = 2 ** 20;

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  hostileNumber,
  fc.constantFrom(null, undefined, true, [], {}, [null], { kind: 'host' }, { kind: '__proto__' }),
  fc.anything({ maxDepth: 2, maxKeys: 3 }),
);
const field = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: good, weight: SELDOM }, { arbitrary: hostile, weight: 1 });
const dictionary = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.array(fc.tuple(variableName, value), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs));
const digest = fc.constantFrom('0', 'a', 'f').map((digit) => `sha256:${digit.repeat(64)}`);
const archive = fc.record({ digest: field(digest), sizeBytes: field(fc.nat(64 * MIB)) });
const size = fc.oneof(
  { arbitrary: fc.constantFrom(16 * MIB, 64 * MIB), weight: 4 },
  { arbitrary: fc.constantFrom(2 ** 30, 2 ** 40, 2 ** 53 - 1), weight: 1 },
);
const offered = fc.constantFrom(64 * MIB, 1024 * MIB, 2 ** 40);

const network = fc.oneof(
  { arbitrary: fc.constant({ kind: 'none' }), weight: 3 },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: field(fc.constant('egress')),
      allow: field(fc.array(field(fc.constantFrom('example.org:443', 'pypi.org:443')), { minLength: 1, maxLength: 3 })),
      maxUploadBytes: field(fc.constant(MIB)),
      maxDownloadBytes: field(fc.constant(MIB)),
    }),
  },
);

/** Specifications as a network could send them: nobody has looked at them before. */
const spec = (images: fc.Arbitrary<string>): fc.Arbitrary<Readonly<Record<string, unknown>>> =>
  fc
    .tuple(
      fc.record({
        name: field(fc.constantFrom('digits', 'é')),
        image: field(images),
        command: field(fc.array(field(fc.constantFrom('/bin/true', 'sh', '-c', '')), { minLength: 1, maxLength: 4 })),
        env: field(dictionary(field(fc.oneof(fc.constantFrom('1', 'all', '/evil.so'), hostileText)))),
        inputs: field(fc.option(archive, { freq: 1 })),
        outputs: field(fc.array(field(fc.constantFrom('a', 'b/c')), { maxLength: 3 })),
        deviceClass: field(fc.constant('cpu')),
        vramBytes: field(fc.constant(null)),
        timeLimitMs: field(fc.constantFrom(1_000, 60_000)),
        memoryBytes: field(size),
        diskBytes: field(size),
        cpus: field(fc.oneof({ arbitrary: fc.constantFrom(0.5, 1, 2, 64), weight: 6 }, { arbitrary: hostileNumber, weight: 1 })),
        network: field(network),
        checkpoint: field(
          fc.option(fc.record({ intervalMs: field(fc.constantFrom(1_000, 5_000)), graceMs: field(fc.constantFrom(0, 1_200)) })),
        ),
        maxMicroPerHour: field(fc.constantFrom(50_000, 1)),
      }),
      field(fc.constant(null)),
    )
    .map(([parts, extra]) => (extra === null ? parts : { ...parts, privileged: extra, HostConfig: extra }));

/** Terms of a lease, as whoever holds the network's key could write them. `fixed` stands in most of them. */
export const hostileTerms = (
  fixed: Partial<Omit<LeaseTerms, 'leaseId' | 'spec'>>,
  images = digest,
): fc.Arbitrary<Readonly<Record<string, unknown>>> => {
  const kept = (name: keyof typeof fixed, good: unknown): fc.Arbitrary<unknown> => field(fc.constant(fixed[name] ?? good));
  return fc.record({
    leaseId: field(fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,30}$/)),
    leaseEpoch: kept('leaseEpoch', 1),
    jobId: kept('jobId', 'job_1'),
    deviceId: kept('deviceId', 'dev_1'),
    workerId: kept('workerId', 'worker_1'),
    spec: field(spec(images)),
    checkpoint: field(fc.oneof({ arbitrary: fc.constant(null), weight: 4 }, { arbitrary: archive, weight: 1 })),
    microPerHour: kept('microPerHour', 50_000),
    takeRateBasisPoints: kept('takeRateBasisPoints', 2_000),
    currency: kept('currency', 'TEST'),
    maxUnfrozenMs: kept('maxUnfrozenMs', 60_000),
    receiptIntervalMs: kept('receiptIntervalMs', 5_000),
    grantedAtMs: kept('grantedAtMs', 0),
  });
};

export const offers: fc.Arbitrary<Offer> = fc.record({
  deviceId: fc.constant('dev_1'),
  deviceClass: fc.constantFrom('cpu', 'cpu', 'cpu', 'gpu'),
  deviceName: fc.constant('CPU'),
  microPerHour: fc.constantFrom(0, 50_000),
  memoryBytes: offered,
  vramBytes: fc.constantFrom(null, 2 ** 33),
  diskBytes: offered,
  cpus: fc.constantFrom(0.75, 1, 1.5, 4, 128),
  egress: fc.boolean(),
});
