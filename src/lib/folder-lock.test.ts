import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';
import { tempFolder } from './testing/temp-folder.ts';

it('a folder belongs to one process, and is free again when that process is killed', async () => {
  const folder = tempFolder();
  const holder = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `
    import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href)};
    globalThis.lock = lockFolder(${JSON.stringify(folder)});
    console.log('held');
    setInterval(() => {}, 1000);
  `,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(holder.stdout, 'data');
  expect(lockFolder(folder)).toBeNull();
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const lock = lockFolder(folder);
  expect(lock).not.toBeNull();
  lock?.[Symbol.dispose]();
});
