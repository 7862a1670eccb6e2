import type { SandboxIdentity, SandboxReport, SignedSandboxReport } from '../../../contract/model/sandbox.ts';
import { signatureContext } from '../../../contract/session-api.ts';
import { digestOf, type Signer } from '../../../lib/signing.ts';
import type { EngineCapabilities } from '../capabilities.ts';
import { hardenedContainer } from '../hardening.ts';
import { MIN_UID } from '../lease-spec.ts';

/** An engine that is ready, as far as a check is of it. */
interface CheckedEngine {
  readonly name: string;
  readonly version: string;
  readonly missing: readonly string[];
}

/** What a check is of. `kernel`: the engine's. Any change of what is asked of the engine for a job changes `policy`. */
export function identityOf(
  engine: CheckedEngine,
  kernel: string,
  capabilities: EngineCapabilities,
  seccompProfile: string,
): SandboxIdentity {
  const container = hardenedContainer({
    owner: 'worker',
    imageId: 'sha256:image',
    imageEnv: [],
    capabilities,
    network: { mode: 'none', env: {} },
    gpu: null,
    seccompProfile,
    spec: {
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
      network: { kind: 'none' },
    },
  });
  // What is known not to be enforced lets a probe through unblamed (answers.ts), so it is part of what a report counts for.
  return { engine: `${engine.name} ${engine.version}`, kernel, policy: digestOf({ container, missing: engine.missing }) };
}

/** The report under this worker's name and signature. */
export function signReport(signer: Signer, checked: Omit<SandboxReport, 'workerPublicKey'>): SignedSandboxReport {
  const report = { ...checked, workerPublicKey: signer.publicKey };
  return { report, signature: signer.sign(signatureContext.sandboxReport, report) };
}
