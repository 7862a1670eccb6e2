import { execFile } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ImageFile } from './image-files.ts';

const run = promisify(execFile);

/** The running Node at /usr/local/bin/node, its shared libraries and loader where it looks for them, and a user list. */
export async function runtimeFiles(signal: AbortSignal): Promise<readonly ImageFile[]> {
  const { stdout } = await run('ldd', [process.execPath], { signal });
  const libraries = await Promise.all(librariesOf(stdout).map((path) => executable(path.slice(1), path)));
  return [
    await executable('usr/local/bin/node', process.execPath),
    ...libraries,
    { path: 'etc/passwd', executable: false, content: { kind: 'text', text: 'root:x:0:0:root:/:/usr/sbin/nologin\n' } },
  ];
}

/** Absolute paths in ldd's answer: `name => /path (0x...)` for libraries, `/path (0x...)` for the loader. */
export function librariesOf(lddText: string): readonly string[] {
  return [...new Set([...lddText.matchAll(/(\/\S+) \(0x[0-9a-f]+\)/g)].map(([, path = '']) => path))];
}

async function executable(path: string, source: string): Promise<ImageFile> {
  const real = await realpath(source);
  return { path, executable: true, content: { kind: 'file', source: real, sizeBytes: (await stat(real)).size } };
}
