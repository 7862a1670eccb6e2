import type { SandboxIdentity, SandboxReport, SignedSandboxReport } from '../../../contract/model/sandbox.ts';
import { signatureContext } from '../../../contract/session-api.ts';
import { digestOf, type Signer } from '../../../lib/signing.ts';
import type { EngineCapabilities } from '../capabilities.ts';
import { egressNetwork, holderContainer, proxyContainer, socketVolume } from '../egress/helper-container.ts';
import { hardenedContainer } from '../hardening.ts';
import { type LeaseSpec, MIN_UID } from '../lease-spec.ts';
import { probesDigest } from './probe-image.ts';
import { PROBES } from './probes.ts';

/** An engine that is ready, as far as a check is of it. */
interface CheckedEngine {
  readonly name: string;
  readonly version: string;
  readonly missing: readonly string[];
}

/** What a check is of. `kernel`: the engine's. */
export const identityOf = (
  { name, version, missing }: CheckedEngine,
  kernel: string,
  capabilities: EngineCapabilities,
  seccompProfile: string,
): SandboxIdentity => ({
  engine: `${name} ${version}`,
  kernel,
  policy: digestOf(policyOf(missing, capabilities, seccompProfile)),
});

/** What is asked of the engine for a job, with connections or without, and what is tried on it: a report counts for this only. */
export function policyOf(missing: readonly string[], capabilities: EngineCapabilities, seccompProfile: string) {
  const common = { owner: 'worker', imageId: 'sha256:image', capabilities, seccompProfile };
  const job = (networkMode: string) =>
    hardenedContainer({ ...common, imageEnv: [], network: { mode: networkMode, env: {} }, spec: ANY_JOB });
  const { leaseId, uid } = ANY_JOB;
  const helper = { ...common, leaseId, uid };
  const order = { allow: [], ownNetworks: [], maxUploadBytes: 0, maxDownloadBytes: 0 };
  return {
    jobs: [job('none'), job('container:holder')],
    helpers: [holderContainer(helper), proxyContainer({ ...helper, order, resolvers: [] })],
    network: egressNetwork(common.owner, leaseId),
    socket: socketVolume(common.owner, leaseId, uid),
    missing, // lets a probe through unblamed (answers.ts)
    probes: { program: probesDigest(), ids: PROBES.map(({ id }) => id) },
  };
}

const ANY_JOB: LeaseSpec = {
  leaseId: 'lease',
  uid: MIN_UID,
  image: 'sha256:image',
  command: ['command'],
  env: {},
  inputsTar: null,
  checkpoint: null,
  memoryBytes: 2 ** 30,
  diskBytes: 2 ** 30,
  cpus: 1,
  gpu: null,
  network: { kind: 'none' },
};

/** The report under this worker's name and signature. */
export function signReport(signer: Signer, checked: Omit<SandboxReport, 'workerPublicKey'>): SignedSandboxReport {
  const report = { ...checked, workerPublicKey: signer.publicKey };
  return { report, signature: signer.sign(signatureContext.sandboxReport, report) };
}
