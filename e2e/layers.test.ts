import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** The repository's own tsconfigs over a tree of one-line modules, so that a crossing can be tried without touching the work tree. */
const repository = join(import.meta.dirname, '..');
const layers = ['src/lib', 'src/contract', 'src/agent', 'src/network', 'src/cli', 'electron', 'renderer'] as const;
type Layer = (typeof layers)[number];
const tree = mkdtempSync(join(tmpdir(), 'nightshift-layers-'));

const modules: Readonly<Record<string, string>> = {
  'src/lib/part.ts': 'export const part = 1;',
  'src/contract/part.ts': 'export const part = 1;',
  'src/agent/part.ts': 'export const part = 1;',
  'src/network/part.ts': 'export const part = 1;',
  'src/cli/part.ts': 'export const part = 1;',
  'electron/main.ts': 'export const part = 1;',
  'renderer/worker/main.tsx': 'export const part = 1;',
};

function write(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), `${text}\n`);
}

beforeAll(() => {
  cpSync(join(repository, 'tsconfig.base.json'), join(tree, 'tsconfig.base.json'));
  for (const layer of layers) {
    mkdirSync(join(tree, layer), { recursive: true });
    cpSync(join(repository, layer, 'tsconfig.json'), join(tree, layer, 'tsconfig.json'));
  }
  for (const [path, text] of Object.entries(modules)) write(path, text);
  write('package.json', '{ "type": "module" }');
  mkdirSync(join(tree, 'node_modules'));
  for (const name of readdirSync(join(repository, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(repository, 'node_modules', name), join(tree, 'node_modules', name), 'junction');
  }
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

/** Compiles the layer with one more module of this text; the TypeScript error codes found in that module. */
function errorCodes(layer: Layer, text: string): readonly string[] {
  const path = `${layer}/crossing.ts`;
  write(path, text);
  try {
    const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    const run = spawnSync(process.execPath, [compiler, '-b', layer, '--pretty', 'false'], { cwd: tree, encoding: 'utf8' });
    const lines = `${run.stdout}${run.stderr}`.split('\n');
    const found = lines.filter((line) => line.startsWith(path)).map((line) => /error (TS\d+)/.exec(line)?.[1] ?? line);
    if (found.length === 0 && run.status !== 0) throw new Error(`tsc failed elsewhere:\n${lines.join('\n')}`);
    return found;
  } finally {
    rmSync(join(tree, path));
  }
}

const crossings: readonly (readonly [layer: Layer, what: string, text: string, code: string])[] = [
  ['renderer', 'the agent', "export { part } from '../src/agent/part.ts';", 'TS6307'],
  ['renderer', 'node:fs', "export { readFileSync } from 'node:fs';", 'TS2591'],
  ['src/agent', 'the network', "export { part } from '../network/part.ts';", 'TS6307'],
  ['src/agent', 'electron', "export { part } from 'electron';", 'TS6307'],
  ['src/agent', 'react', "export { part } from 'react';", 'TS6142'],
  ['src/agent', 'the DOM', 'export const title = document.title;', 'TS2584'],
  ['src/network', 'the agent', "export { part } from '../agent/part.ts';", 'TS6307'],
  ['src/contract', 'lib', "export { part } from '../lib/part.ts';", 'TS6307'],
  ['src/contract', 'node:fs', "export { readFileSync } from 'node:fs';", 'TS2591'],
  ['src/lib', 'the contract', "export { part } from '../contract/part.ts';", 'TS6307'],
  ['electron', 'the agent', "export { part } from '../src/agent/part.ts';", 'TS6307'],
];

test.each(crossings)('%s cannot reach %s', (layer, _what, text, code) => {
  expect(errorCodes(layer, text)).toContain(code);
});

const allowed: readonly (readonly [layer: Layer, what: string, text: string])[] = [
  ['renderer', 'the contract', "export { part } from '../src/contract/part.ts';"],
  ['renderer', 'react and the DOM', "export { useState } from 'react';\nexport const title = document.title;"],
  ['src/agent', 'lib, the contract and Node', "export { part } from '../lib/part.ts';\nexport { readFileSync } from 'node:fs';"],
  ['src/network', 'lib and the contract', "export { part } from '../lib/part.ts';\nexport { part as other } from '../contract/part.ts';"],
  ['src/contract', 'zod', "export { z } from 'zod';"],
  ['src/lib', 'Node', "export { readFileSync } from 'node:fs';"],
  ['src/cli', 'agent and network', "export { part } from '../agent/part.ts';\nexport { part as other } from '../network/part.ts';"],
  ['electron', 'the contract and electron', "export { part } from '../src/contract/part.ts';\nexport { BrowserWindow } from 'electron';"],
];

test.each(allowed)('%s reaches %s', (layer, _what, text) => {
  expect(errorCodes(layer, text)).toEqual([]);
});
