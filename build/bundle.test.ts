import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** The launcher over a small command line that says what it is, which file runs, and what it finds beside its source. */
const tree = mkdtempSync(join(tmpdir(), 'nightshift-bundle-'));
const main = join(tree, 'src', 'cli', 'main.ts');
const built = join(tree, 'dist', 'nightshift');
const mainText = (name: string, more = ''): string => `
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
const word: string = readFileSync(new URL('../word.txt', import.meta.url), 'utf8');
console.log('${name}', extname(String(process.argv[1])), word);
${more}
`;

beforeAll(() => {
  for (const folder of ['build', 'src/cli']) mkdirSync(join(tree, folder), { recursive: true });
  for (const name of ['nightshift.mjs', 'bundle.mjs', 'vite.agent.config.ts']) {
    cpSync(join(import.meta.dirname, name), join(tree, 'build', name));
  }
  symlinkSync(join(import.meta.dirname, '..', 'node_modules'), join(tree, 'node_modules'), 'junction');
  writeFileSync(join(tree, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(tree, 'src', 'word.txt'), 'found');
  writeFileSync(main, mainText('first'));
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

function launch(word: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(tree, 'build', 'nightshift.mjs'), word], { encoding: 'utf8' });
  return { status, stdout, stderr };
}
const quiet = (stdout: string) => ({ status: 0, stdout, stderr: '' });
const BUILD_MS = 60_000;

test(
  'what runs for long runs from a bundle, and what is quick from one that is there; a changed source never runs old code',
  () => {
    expect(launch('list')).toEqual(quiet('first .ts found\n'));
    expect(launch('agent')).toEqual(quiet('first .mjs found\n'));
    expect(launch('list')).toEqual(quiet('first .mjs found\n'));

    writeFileSync(main, mainText('second'));
    expect(launch('list')).toEqual(quiet('second .ts found\n'));
    expect(launch('network')).toEqual(quiet('second .mjs found\n'));

    writeFileSync(main, mainText('first'));
    expect(launch('list')).toEqual(quiet('first .mjs found\n'));
    expect(readdirSync(built)).toHaveLength(2);
  },
  BUILD_MS,
);

test(
  'sources that cannot be bundled run as they are, and it says so',
  () => {
    writeFileSync(main, mainText('third', "if (process.argv[3] === 'never') await import('./none.ts');"));
    const { status, stdout, stderr } = launch('start');
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'third .ts found\n' });
    expect(stderr).toMatch(/could not be bundled.*none\.ts/s);
    expect(readdirSync(built)).toHaveLength(2);
  },
  BUILD_MS,
);
