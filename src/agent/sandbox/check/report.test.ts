import { expect, test } from 'vitest';
import { signatureContext } from '../../../contract/session-api.ts';
import { digestOf, newPrivateKeyPem, openSigner, verifySignature } from '../../../lib/signing.ts';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { openStore } from '../../store/open.ts';
import { readSandboxReport, writeSandboxReport } from '../../store/sandbox-report-row.ts';
import type { EngineCapabilities } from '../capabilities.ts';
import { probesDigest } from './probe-image.ts';
import { PROBES } from './probes.ts';
import { identityOf, policyOf, signReport } from './report.ts';

const engine = { name: 'Docker Engine', version: '20.10.24', missing: [] };
const capabilities: EngineCapabilities = {
  os: 'linux',
  architecture: 'amd64',
  cpuCount: 2,
  runtime: 'runc',
  loopDisks: true,
  ulimitCeilings: new Map(),
  gpus: { kind: 'none' },
};

test('a report counts for the engine, the kernel and the policy it was made of', () => {
  const identity = identityOf(engine, '6.1.0', capabilities, '{}');
  expect(identity).toEqual({ engine: 'Docker Engine 20.10.24', kernel: '6.1.0', policy: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
  expect(identityOf(engine, '6.1.0', capabilities, '{}')).toEqual(identity);
  const others = [
    identityOf({ ...engine, version: '28.0.0' }, '6.1.0', capabilities, '{}'),
    identityOf(engine, '6.2.0', capabilities, '{}'),
    identityOf(engine, '6.1.0', capabilities, '{"defaultAction":"SCMP_ACT_ALLOW"}'),
    identityOf({ ...engine, missing: ['Memory limits are not enforced.'] }, '6.1.0', capabilities, '{}'),
    identityOf(engine, '6.1.0', { ...capabilities, ulimitCeilings: new Map([['nofile', 1024]]) }, '{}'),
  ];
  for (const other of others) expect(other).not.toEqual(identity);
});

test('the policy is all that is asked of the engine for jobs with connections and without, and what is tried on them', () => {
  const policy = policyOf([], capabilities, '{}');
  expect(identityOf(engine, '6.1.0', capabilities, '{}').policy).toBe(digestOf(policy));
  expect(policy.jobs.map(({ HostConfig }) => HostConfig?.NetworkMode)).toEqual(['none', 'container:holder']);
  expect(policy.helpers.map(({ HostConfig }) => HostConfig?.NetworkMode)).toEqual(['none', policy.network.Name]);
  for (const { HostConfig } of [...policy.jobs, ...policy.helpers]) expect(HostConfig?.SecurityOpt).toContain('seccomp={}');
  expect(policy.socket.DriverOpts.type).toBe('tmpfs');
  expect(policy.probes).toEqual({ program: probesDigest(), ids: PROBES.map(({ id }) => id) });
  expect(probesDigest(Buffer.from('another program'))).not.toBe(probesDigest());
});

test('a report is signed by its worker, and kept as it was signed', () => {
  const signer = openSigner(newPrivateKeyPem());
  const checked = { identity: identityOf(engine, '6.1.0', capabilities, '{}'), checkedAtMs: 1, durationMs: 2, missing: [], probes: [] };
  const signed = signReport(signer, checked);
  expect(signed.report).toEqual({ ...checked, workerPublicKey: signer.publicKey });

  const db = openStore(tempFolder());
  expect(readSandboxReport(db)).toBeNull();
  writeSandboxReport(db, signReport(signer, { ...checked, durationMs: 3 }));
  writeSandboxReport(db, signed);
  const { report, signature } = readSandboxReport(db) ?? signReport(signer, checked);
  expect({ report, signature }).toEqual(signed);
  expect(verifySignature(signer.publicKey, signatureContext.sandboxReport, report, signature)).toBe(true);
  expect(verifySignature(signer.publicKey, signatureContext.sandboxReport, { ...report, probes: [{}] }, signature)).toBe(false);
  db.close();
});
