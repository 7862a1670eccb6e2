// The program as one bundle, which costs the agent 40 MB of memory less than modules of TypeScript (docs/architecture.md). Plain JavaScript, because
// stripping types is what costs most of them.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist', 'nightshift');
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
/** A running agent may still load a part of the bundle it started from. */
const KEPT = 10;

/** Sources below a folder of the repository. Without node:path, whose loops get hot here: V8's compilers would add 7 MB to what stays in memory. */
const sources = (below) =>
  readdirSync(root + below, { withFileTypes: true }).flatMap((entry) => {
    const path = `${below}/${entry.name}`;
    if (entry.isDirectory()) return sources(path);
    return path.endsWith('.ts') && !path.endsWith('.test.ts') ? [path] : [];
  });

/** All that goes into a bundle, and what makes it. npm writes the second: it says which packages are there. */
const ingredients = () =>
  ['package.json', 'node_modules/.package-lock.json', 'build/bundle.mjs', 'build/vite.agent.config.ts', ...sources('src')].sort();

/** Where the bundle of exactly these sources is, or would be: a changed source never runs an old one. */
function place() {
  const hash = createHash('sha256');
  for (const path of ingredients()) {
    const text = readFileSync(root + path);
    hash.update(`${path} ${text.length}\n`).update(text);
  }
  return join(folder, hash.digest('hex').slice(0, 16));
}

/** The bundle of the sources as they are; null where it has not been built. */
export function findBundle() {
  const main = join(place(), 'main.mjs');
  return existsSync(main) ? main : null;
}

/** As `findBundle`, but builds it where it is missing, in a few seconds. Throws where that fails; null where there is nothing to build with. */
export async function ensureBundle() {
  const at = place();
  const main = join(at, 'main.mjs');
  if (existsSync(main)) return main;
  if (!existsSync(vite)) return null;
  if (process.stderr.isTTY) console.error('Building Nightshift from its sources; a few seconds.');
  const halfMade = `${at}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  try {
    await build(halfMade);
    if (place() !== at) return null; // somebody wrote to the sources meanwhile
    try {
      renameSync(halfMade, at);
    } catch (error) {
      if (!existsSync(main)) throw error; // else another start has built the same
    }
  } finally {
    rmSync(halfMade, { recursive: true, force: true });
  }
  removeOld();
  return main;
}

function removeOld() {
  const builtMs = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0; // another start may remove it too
  const made = readdirSync(folder).map((name) => ({ path: join(folder, name), builtMs: builtMs(join(folder, name)) }));
  for (const { path } of made.sort((a, b) => b.builtMs - a.builtMs).slice(KEPT)) rmSync(path, { recursive: true, force: true });
}

async function build(outDir) {
  const options = { config: 'build/vite.agent.config.ts', configLoader: 'native', logLevel: 'error', outDir };
  const args = [vite, 'build', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  const said = [];
  child.stderr.setEncoding('utf8').on('data', (text) => said.push(text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(said.join('').trim());
}

if (import.meta.main) await ensureBundle(); // npm run build
