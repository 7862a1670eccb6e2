import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * Packages whose binding.gyp is for their maintainers only: they ship prebuilt binaries. Without `gypfile: false` on the lock entry
 * npm 10 runs `node-gyp rebuild` for them (npm/cli arborist, rebuild.js), which needs a compiler and the network. npm drops the key
 * whenever it writes the lock file, hence `npm run relock`.
 */
const prebuiltPackages = ['better-sqlite3'] as const;
const isPrebuilt = (path: string): boolean => prebuiltPackages.some((name) => path === `node_modules/${name}`);
const registryHost = 'registry.npmjs.org';

const lockEntry = z.looseObject({
  /** Only where it differs from the folder's, as for an alias. */
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  inBundle: z.boolean().optional(),
  gypfile: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockFile = z.looseObject({ packages: z.record(z.string(), lockEntry) });
export type LockFile = z.infer<typeof lockFile>;

/** Parses the text of a package-lock.json (lockfileVersion 3). Throws on anything else. */
export function parseLock(text: string): LockFile {
  return lockFile.parse(JSON.parse(text));
}

/** What would make `npm ci` fail, or fetch from elsewhere, on a clean machine; one sentence each. */
export function lockProblems(lock: LockFile): readonly string[] {
  const paths = Object.keys(lock.packages);
  return Object.entries(lock.packages).flatMap(([path, entry]) => {
    if (path === '') return [];
    const problems: string[] = [];
    if (isPrebuilt(path) && entry.gypfile !== false) {
      problems.push(`${path} lacks "gypfile": false, so npm 10 would compile it. Run "npm run relock".`);
    }
    if (entry.inBundle !== true) {
      if (entry.integrity === undefined) problems.push(`${path} has no integrity hash.`);
      if (entry.resolved === undefined) problems.push(`${path} has no resolved address.`);
      else if (new URL(entry.resolved).host !== registryHost) problems.push(`${path} resolves to ${new URL(entry.resolved).host}.`);
    }
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      if (!paths.some((other) => other === `node_modules/${name}` || other.endsWith(`/node_modules/${name}`))) {
        problems.push(`${path} names ${name}, which is not in the lock file, so npm 11 refuses it and other platforms cannot install.`);
      }
    }
    return problems;
  });
}

type LockEntry = z.infer<typeof lockEntry>;

/** The registry's address of a package's archive: the scope is not part of the file's name. */
function archiveUrl(name: string, version: string): string {
  return `https://${registryHost}/${name}/-/${name.split('/').at(-1)}-${version}.tgz`;
}

function repairEntry(path: string, entry: LockEntry): LockEntry {
  if (path === '' || entry.inBundle === true || entry.version === undefined) return entry;
  const { version, resolved, ...rest } = entry;
  const name = entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const addressed = { version, resolved: resolved ?? archiveUrl(name, version), ...rest };
  return isPrebuilt(path) ? { ...addressed, gypfile: false } : addressed;
}

/** The same lock with what npm dropped put back: `gypfile`, and the addresses that a user's `omit-lockfile-registry-resolved` left out. */
export function repairLock(lock: LockFile): LockFile {
  return { ...lock, packages: Object.fromEntries(Object.entries(lock.packages).map(([path, entry]) => [path, repairEntry(path, entry)])) };
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '..', 'package-lock.json');
  const repaired = repairLock(parseLock(readFileSync(path, 'utf8')));
  writeFileSync(path, `${JSON.stringify(repaired, null, 2)}\n`);
  const problems = lockProblems(repaired);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
