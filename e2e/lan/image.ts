import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildImage } from '../../src/cli/image/build-image.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';

/** Makes the image of the attempts, with this machine's `ping` and its libraries, in the lab's engine; returns its id. */
export async function buildAttemptsImage(socketPath: string): Promise<string> {
  const contextDir = tempFolder();
  copyFileSync(join(import.meta.dirname, 'attempts.ts'), join(contextDir, 'attempts.ts'));
  const pingDir = join(contextDir, 'ping');
  mkdirSync(pingDir);
  const libraries = execFileSync('ldd', ['/usr/bin/ping'], { encoding: 'utf8' }).matchAll(/=> (\/\S+) \(0x/g);
  for (const path of ['/usr/bin/ping', ...[...libraries].map(([, library = '']) => library)])
    copyFileSync(realpathSync(path), join(pingDir, basename(path)));
  const signal = new AbortController().signal;
  return (await buildImage({ contextDir, socketPath, onProgress: () => undefined, signal })).imageId;
}
