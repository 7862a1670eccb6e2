import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { faultOfAsk, faultOfParties } from '../../src/agent/lease/terms.ts';
import type { EngineCapabilities } from '../../src/agent/sandbox/capabilities.ts';
import { judgeGpus } from '../../src/agent/sandbox/gpu/gpu-support.ts';
import { hardenedContainer } from '../../src/agent/sandbox/hardening.ts';
import type { Enrolment } from '../../src/agent/store/enrolment-row.ts';
import { TEST_TERMS } from '../../src/agent/testing/terms.ts';
import { readJobFile, specOf } from '../../src/cli/job/job-file.ts';
import { type JobSpec, jobSpec } from '../../src/contract/model/job.ts';
import { signedLeaseTerms } from '../../src/contract/model/lease.ts';
import type { Offer } from '../../src/contract/model/offer.ts';
import { ProblemError } from '../../src/contract/model/problem.ts';
import { signatureContext } from '../../src/contract/session-api.ts';
import { newPrivateKeyPem, openSigner } from '../../src/lib/signing.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import type { Granted } from './granted.ts';
import { hostileTerms, offers } from './hostile-terms.ts';
import { hostileText, imageEnv } from './hostile-words.ts';
import { jobFileText } from './job-file-text.ts';
import { faultsOfRequest } from './policy.ts';

const FILES = 10_000;
const TERMS = 3_000;
const seed = Number(process.env.NIGHTSHIFT_SEED ?? 20_261_122);
const seccompProfile = JSON.stringify(JSON.parse(readFileSync(new URL('../../resources/sandbox/seccomp.json', import.meta.url), 'utf8')));
const imageId = `sha256:${'e'.repeat(64)}`;

beforeAll(() => console.log(`seed ${seed}`));

const capabilities: fc.Arbitrary<EngineCapabilities> = fc.record({
  os: fc.constant('linux'),
  architecture: fc.constantFrom('amd64', 'arm64'),
  cpuCount: fc.constantFrom(1, 2, 3, 16, 256),
  runtime: fc.constantFrom('runc', null),
  loopDisks: fc.boolean(),
  gpus: fc.constant(judgeGpus(null, true)),
  ulimitCeilings: fc
    .array(fc.tuple(fc.constantFrom('core', 'nofile', 'memlock', 'msgqueue', 'sigpending'), fc.constantFrom(0, 1, 1_024, 65_536, 2 ** 40)))
    .map((pairs) => new Map(pairs)),
});

const WAY_OUT = { mode: 'container:nightshift-lease_1.holder', env: { HTTPS_PROXY: 'http://127.0.0.1:3128', NO_PROXY: '' } };

/** The container that a worker makes of this specification, held against the policy and, where it is given, against what the owner offers. */
function faultsOfJob(spec: JobSpec, engine: EngineCapabilities, ofImage: readonly string[], offer: Offer | null): readonly string[] {
  const made = hardenedContainer({
    owner: 'worker_1',
    spec: {
      ...spec,
      leaseId: 'lease_1',
      uid: 200_017,
      inputsTar: null,
      checkpoint: spec.checkpoint && { intervalMs: spec.checkpoint.intervalMs, tar: null },
      gpu: null,
    },
    imageId,
    imageEnv: ofImage,
    capabilities: engine,
    network: spec.network.kind === 'none' ? { mode: 'none', env: {} } : WAY_OUT,
    seccompProfile,
  });
  const granted: Granted = {
    owner: 'worker_1',
    leaseId: 'lease_1',
    uid: 200_017,
    imageId,
    command: spec.command,
    env: spec.env,
    imageEnv: ofImage,
    imageLabels: {},
    checkpointIntervalMs: spec.checkpoint?.intervalMs ?? null,
    memoryBytes: Math.min(spec.memoryBytes, offer?.memoryBytes ?? Number.POSITIVE_INFINITY),
    cpus: Math.min(spec.cpus, offer?.cpus ?? Number.POSITIVE_INFINITY),
    cpuCount: engine.cpuCount,
    ulimitCeilings: engine.ulimitCeilings,
    holder: spec.network.kind === 'none' ? null : ['nightshift-lease_1.holder'],
    gpu: null,
  };
  return faultsOfRequest(made, granted);
}

/** As it comes out of the network again. */
const overTheWire = (spec: JobSpec): JobSpec => jobSpec.parse(JSON.parse(JSON.stringify(spec)));

describe('whatever a renter writes', () => {
  it(`is refused with a problem, or gives a container within the policy (${FILES} job files)`, { timeout: 120_000 }, () => {
    const path = join(tempFolder(), 'job.yaml');
    let accepted = 0;
    let taken = 0;
    /** Null: refused as a person's mistake is. Anything else that is thrown comes through. */
    function specIn(text: string, image: string): JobSpec | null {
      writeFileSync(path, text);
      try {
        const file = readJobFile(path);
        return overTheWire(specOf(file, file.image.kind === 'reference' ? file.image.reference : image, null));
      } catch (error) {
        if (error instanceof ProblemError && error.problem.code === 'malformed-job-file') return null;
        throw error;
      }
    }
    const anyImage = fc.oneof({ arbitrary: fc.constant(imageId), weight: 9 }, { arbitrary: hostileText, weight: 1 });
    fc.assert(
      fc.property(jobFileText, anyImage, capabilities, imageEnv, offers, (text, image, engine, ofImage, offer) => {
        const spec = specIn(text, image);
        if (spec === null) return;
        accepted += 1;
        const isTaken = faultOfAsk({ ...TEST_TERMS, spec }, offer) === null;
        if (isTaken) taken += 1;
        expect(faultsOfJob(spec, engine, ofImage, isTaken ? offer : null)).toEqual([]);
      }),
      { numRuns: FILES, seed },
    );
    console.log(`${FILES} job files: ${accepted} accepted, ${taken} of them taken by the offer they met`);
    expect(accepted).toBeGreaterThan(FILES / 10);
    expect(FILES - accepted).toBeGreaterThan(FILES / 10);
    expect(taken).toBeGreaterThan(FILES / 100);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe('whatever a network grants', () => {
  it(`is refused, or gives a container within the policy and the offer (${TERMS} terms)`, { timeout: 120_000 }, () => {
    const signer = openSigner(newPrivateKeyPem());
    const enrolment: Enrolment = {
      networkUrl: 'http://127.0.0.1:1',
      workerId: 'worker_1',
      network: {
        id: 'n',
        name: 'n',
        version: '0',
        publicKey: signer.publicKey,
        currency: 'TEST',
        takeRateBasisPoints: 2_000,
        holdbackMs: 0,
      },
    };
    function sign(terms: unknown): string {
      try {
        return signer.sign(signatureContext.leaseTerms, terms);
      } catch {
        return 'unsigned'; // what has no canonical form has no signature
      }
    }
    let parsedOnes = 0;
    let taken = 0;
    fc.assert(
      fc.property(
        hostileTerms({}),
        fc.oneof({ arbitrary: fc.constant(null), weight: 9 }, { arbitrary: hostileText, weight: 1 }),
        capabilities,
        imageEnv,
        offers,
        (raw, noise, engine, ofImage, offer) => {
          const terms: unknown = JSON.parse(JSON.stringify(raw));
          const parsed = signedLeaseTerms.safeParse({ terms, networkSignature: noise ?? 'unsigned' });
          if (!parsed.success) return;
          parsedOnes += 1;
          const signed = { ...parsed.data, networkSignature: noise ?? sign(parsed.data.terms) };
          const refusal = faultOfParties(signed, enrolment) ?? faultOfAsk(signed.terms, offer);
          if (refusal === null) taken += 1;
          expect(faultsOfJob(signed.terms.spec, engine, ofImage, refusal === null ? offer : null)).toEqual([]);
        },
      ),
      { numRuns: TERMS, seed },
    );
    console.log(`${TERMS} terms: ${parsedOnes} well formed, ${taken} taken`);
    expect(parsedOnes).toBeGreaterThan(TERMS / 10);
    expect(TERMS - parsedOnes).toBeGreaterThan(TERMS / 10);
    expect(taken).toBeGreaterThan(TERMS / 100);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
