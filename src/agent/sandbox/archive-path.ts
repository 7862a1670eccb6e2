import { posix } from 'node:path';
import type { Header } from 'tar-stream';
import { ProblemError } from '../../contract/model/problem.ts';

export type PlainEntry = { readonly kind: 'file' | 'folder'; readonly path: string; readonly sizeBytes: number };

/** A relative path without dots, doubled or trailing slashes; '' for the top. Null for one that is absolute, leaves the top or holds NUL. */
export function plainPath(name: string): string | null {
  if (name.startsWith('/') || name.includes('\0') || name.split('/').includes('..')) return null;
  const path = posix.normalize(name).replace(/\/+$/, '');
  return path === '.' ? '' : path;
}

/** Accepts files and folders at plain paths. Throws `invalid-request` that names anything else. `archive`: what a person calls it. */
export function plainEntry(header: Header, archive: string): PlainEntry {
  const path = plainPath(header.name);
  if (path === null) throw refusal(archive, header.name, 'a path that leaves its folder');
  switch (header.type) {
    case 'file':
    case 'contiguous-file':
      if (path === '') throw refusal(archive, header.name, 'a file without a name');
      return { kind: 'file', path, sizeBytes: header.size };
    case 'directory':
      return { kind: 'folder', path, sizeBytes: 0 };
    default:
      throw refusal(archive, header.name, `a ${KINDS.get(header.type) ?? 'special file'}`);
  }
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ['link', 'hard link'],
  ['symlink', 'symbolic link'],
  ['character-device', 'device'],
  ['block-device', 'device'],
  ['fifo', 'named pipe'],
]);

function refusal(archive: string, name: string, what: string): ProblemError {
  return new ProblemError(
    'invalid-request',
    `The ${archive} hold ${what}: ${JSON.stringify(name.slice(0, 200))}.`,
    `Use plain files and folders only in the ${archive}.`,
  );
}
