import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { ignoreRule, readContext } from './context-files.ts';
import { installDependencies } from './dependencies.ts';

test('paths and globs of the ignore file are left out, and node_modules always', () => {
  const isLeftOut = ignoreRule('# why\ndata/\n*.test.ts\n\ndeep/**/*.csv\n/top\n./here/');
  for (const path of ['data', 'a.test.ts', 'deep/er/x.csv', 'node_modules', '.nightshiftignore', 'top', 'here'])
    expect(isLeftOut(path)).toBe(true);
  for (const path of ['data.json', 'src', 'x.csv', 'main.mjs']) expect(isLeftOut(path)).toBe(false);
  expect(() => ignoreRule('!keep')).toThrow(/'!' is not known/);
});

test('an ignore file that cannot be read is a problem, not an empty one', async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, '.nightshiftignore'));
  await expect(readContext(folder)).rejects.toMatchObject({ problem: { code: 'invalid-request' } });
});

test('a package.json that is none is a problem with its name', async () => {
  const folder = tempFolder();
  for (const text of ['{', '{"dependencies": []}']) {
    writeFileSync(join(folder, 'package.json'), text);
    const installed = installDependencies(folder, new AbortController().signal);
    await expect(installed).rejects.toMatchObject({
      problem: { code: 'invalid-request', detail: expect.stringContaining('package.json') },
    });
  }
});
