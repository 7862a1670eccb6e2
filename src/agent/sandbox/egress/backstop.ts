import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { together } from '../together.ts';
import { addingRules, type Backstop, hasRules, type IpVersion, leasesWithRules, removingRules } from './backstop-rules.ts';

/** Rules of this host's firewall that hold back what the proxy's own checks should have. */
export interface BackstopRules {
  /** Why there are none, in plain words; null: there are. */
  whyNone(): string | null;
  /** Throws when the firewall refuses. */
  add(backstop: Backstop): Promise<void>;
  /** Whether all of the lease's are still there. Throws when the firewall does not say. */
  stand(leaseId: string): Promise<boolean>;
  /** Throws when the firewall refuses. */
  remove(leaseId: string): Promise<void>;
  /** Leases of this owner that have rules. */
  leases(): Promise<ReadonlySet<string>>;
}

/** Where distributions put iptables; PATH may lack them. */
const FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/run/current-system/sw/bin'];
/** The engine holds the lock of the firewall for moments; longer than this somebody else hangs. */
const LOCK_S = '10';
const CALL_MS = 20_000;
/** Somebody else may change the rules between our look and our change, which then fails as a whole. */
const ATTEMPTS = 4;

const find = (name: string): string | null => FOLDERS.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? null;
const toolsOf = (version: IpVersion): readonly string[] =>
  version === 4 ? ['iptables', 'iptables-restore'] : ['ip6tables', 'ip6tables-restore'];
/** A kernel without IPv6 has no rules for it and needs none. */
const versionsHere = (): readonly IpVersion[] => (existsSync('/proc/net/if_inet6') ? [4, 6] : [4]);

export function openBackstop(owner: string): BackstopRules {
  const whyNone = (): string | null => {
    if (process.platform !== 'linux') return 'they need Linux';
    if (process.getuid?.() !== 0) return 'they need Nightshift to run as root';
    const absent = versionsHere()
      .flatMap(toolsOf)
      .find((name) => find(name) === null);
    return absent === undefined ? null : `${absent} is not there`;
  };
  return {
    whyNone,
    async add(backstop) {
      await together(versionsHere().map((version) => change(version, list, (listed) => addingRules(version, backstop, listed))));
    },
    async stand(leaseId) {
      const listed = await together(versionsHere().map(list));
      return listed.every((text) => hasRules(owner, leaseId, text));
    },
    async remove(leaseId) {
      if (whyNone() !== null) return;
      await together(versionsHere().map((version) => change(version, listIfAny, (listed) => removingRules(owner, leaseId, listed))));
    },
    async leases() {
      if (whyNone() !== null) return new Set();
      const listed = await together(versionsHere().map(listIfAny));
      return new Set(listed.flatMap((text) => leasesWithRules(owner, text)));
    },
  };
}

/** Looks, and applies what follows from what there is; null: nothing. */
async function change(
  version: IpVersion,
  look: (version: IpVersion) => Promise<string>,
  lines: (listed: string) => string | null,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const wanted = lines(await look(version));
    if (wanted === null) return;
    try {
      await call(`${toolsOf(version)[1]}`, ['-w', LOCK_S, '--noflush'], wanted);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** By versions whose rules this process has seen. */
const seen = new Set<IpVersion>();

async function list(version: IpVersion): Promise<string> {
  const listed = await call(`${toolsOf(version)[0]}`, ['-w', LOCK_S, '-S'], '');
  seen.add(version);
  return listed;
}

/**
 * A firewall that has never answered has none of ours: there are tools for more than the kernel, or this process, can do, and no job would
 * ever be wiped then. Ours of an earlier process are found by the first sweep at which it answers.
 */
const listIfAny = (version: IpVersion): Promise<string> =>
  list(version).catch((error: unknown) => {
    if (seen.has(version)) throw error;
    return '';
  });

/** Runs a tool of the firewall; throws with what it said. */
async function call(name: string, args: readonly string[], input: string): Promise<string> {
  const child = execFile(find(name) ?? name, args, { timeout: CALL_MS, env: { LC_ALL: 'C' } });
  const closed = once(child, 'close');
  child.stdin?.on('error', () => undefined).end(input); // a tool that ends before it has read says why
  const [said, complaint, [code]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    closed,
  ]);
  if (code !== 0) throw new Error(`${name} failed (${code}): ${complaint.trim()}`);
  return said;
}
