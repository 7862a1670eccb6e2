import { describe, expect, it } from 'vitest';
import type { ProbeResult, SandboxReport, SignedSandboxReport } from '../../contract/model/sandbox.ts';
import { checkJson, checkText, connectionsText, reportText } from './texts.ts';

const probe = (id: string, over: Partial<ProbeResult> = {}): ProbeResult => ({
  id,
  group: 'kernel',
  title: `try ${id}`,
  outcome: 'not permitted (EPERM)',
  blocked: true,
  benign: false,
  ...over,
});
const HARMLESS = probe('uname', { outcome: 'got the version, as any program may', blocked: false, benign: true });
const UNTRIED = probe('gpu', { group: 'devices', outcome: 'there is no second GPU', blocked: null });
const THROUGH = probe('lan', { group: 'network', outcome: 'connected', blocked: false });

const report = (probes: ProbeResult[], missing: string[] = []): SandboxReport => ({
  workerPublicKey: 'key',
  identity: { engine: 'Docker Engine 28.1.1', kernel: '6.8.0', policy: 'sha256:0' },
  checkedAtMs: Date.UTC(2026, 10, 22),
  durationMs: 48_000,
  missing,
  probes,
});
const lines = (text: string): string[] => text.split('\n');

describe('a check in words', () => {
  it('lists every attack by group and ends with the verdict', () => {
    const text = lines(checkText(report([UNTRIED, probe('bpf'), HARMLESS], ['Swap use is not limited.'])));
    expect(text.slice(1, 4).map((row) => row.split(/\s{2,}/))).toEqual([
      ['the kernel', 'blocked', 'try bpf', 'not permitted (EPERM)'],
      ['', 'harmless', 'try uname', 'got the version, as any program may'],
      ['devices', 'not counted', 'try gpu', 'there is no second GPU'],
    ]);
    expect(text.at(-3)).toBe('! Missing here: Swap use is not limited.');
    expect(text.at(-1)).toContain(
      'The sandbox holds: 1 attack blocked, 1 got through and harms nobody, 1 not counted on this machine (Docker Engine 28.1.1, kernel 6.8.0).',
    );
  });

  it('says what got through, and what to do', () => {
    const text = checkText(report([probe('bpf'), HARMLESS, THROUGH]));
    expect(text).toMatch(/the network\s+GOT THROUGH\s+try lan\s+connected/);
    expect(text).toContain('1 attack of 3 got through');
    expect(text).toContain('Update the container engine');
    expect(text).not.toContain('holds');
  });

  it('does not take a report of nothing for a sandbox that holds', () => {
    expect(checkText(report([]))).not.toContain('holds');
  });

  it('says whether the report can be believed and still counts', () => {
    const good = reportText(report([probe('bpf')]), { signatureValid: true, isCurrent: true });
    expect(good).toContain('Signed by this machine.');
    expect(good).toContain('that are here now');
    const old = reportText(report([probe('bpf')]), { signatureValid: false, isCurrent: false });
    expect(old).toContain('NOT a valid signature');
    expect(old).toContain('Out of date');
  });

  it('gives programs each probe in five members, and the verdict', () => {
    const signed: SignedSandboxReport = { report: report([HARMLESS, THROUGH]), signature: 'signed' };
    expect(checkJson(signed)).toEqual({
      checkedAtMs: Date.UTC(2026, 10, 22),
      engine: 'Docker Engine 28.1.1',
      passed: false,
      missing: [],
      probes: [
        { id: 'uname', title: 'try uname', outcome: 'got the version, as any program may', blocked: false, benign: true },
        { id: 'lan', title: 'try lan', outcome: 'connected', blocked: false, benign: false },
      ],
      signature: 'signed',
    });
  });
});

describe('connections in words', () => {
  it('shows what was let through and why the rest was refused, without terminal sequences of the job', () => {
    const record = { atMs: 0, port: 443, sentBytes: 2_048, receivedBytes: 9_000_000, durationMs: 1_200 };
    const text = connectionsText([
      { ...record, host: 'example.org', address: '203.0.113.7', refusal: null },
      { ...record, host: '\u001b[31mrouter', port: null, address: null, refusal: 'not on its list', sentBytes: 0, receivedBytes: 0 },
    ]);
    expect(text).toMatch(/example\.org:443\s+let through\s+203\.0\.113\.7\s+2\.0 KB\s+9\.0 MB\s+1\.2 s/);
    expect(text).toMatch(/\[31mrouter\s+refused: not on its list\s+-\s+0 B\s+0 B/);
    expect(text).not.toContain('\u001b[31m');
  });

  it('says so where there was none', () => {
    expect(connectionsText([])).toBe('This job connected to nothing.');
  });
});
