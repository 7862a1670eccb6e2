#!/usr/bin/env node
// Starts the command line with a Node that runs TypeScript directly. Plain JavaScript for Node >= 18, because it is what an older Node meets first.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const launcher = fileURLToPath(import.meta.url);
const root = join(dirname(launcher), '..');
const pinnedNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Type stripping is stable, and silent, since 24.12 (Node's changelog). */
function runsTypeScript() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 12);
}

/** Runs the same command line under another Node and ends as it ends. */
function runUnder(node) {
  const child = spawn(node, [launcher, ...process.argv.slice(2)], { stdio: 'inherit' });
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the whole group, so the child has it already; a second one would mean "at once".
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  const signals = process.platform === 'win32' ? ['SIGINT', 'SIGBREAK'] : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];
  for (const signal of signals) process.on(signal, forward);
  child.on('error', (error) => {
    console.error(`Nightshift could not start ${node}: ${error.message}. Run npm ci again.`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const handled of signals) process.removeListener(handled, forward);
    process.exitCode = code ?? 128 + constants.signals[signal];
    if (signal !== null) process.kill(process.pid, signal);
  });
}

/** What runs for long takes a bundle, built where it is missing, and any other command one that is there. Null: the sources themselves run. */
async function bundle() {
  try {
    const { ensureBundle, findBundle } = await import('./bundle.mjs');
    return ['start', 'agent', 'network'].includes(process.argv[2]) ? await ensureBundle() : findBundle();
  } catch (error) {
    console.error(`Nightshift could not be bundled, so it runs from its sources and needs more memory: ${error.message}`);
    return null;
  }
}

if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) {
  console.error(`Nightshift's packages are not installed in ${root}. Run npm ci first.`);
  process.exitCode = 1;
} else if (runsTypeScript()) {
  const program = (await bundle()) ?? join(root, 'src', 'cli', 'main.ts');
  process.argv[1] = program;
  await import(pathToFileURL(program).href);
} else if (existsSync(pinnedNode)) {
  runUnder(pinnedNode);
} else {
  console.error(
    `Nightshift needs Node 24; this is ${process.version} and the pinned one is not installed. Run npm ci first, without --omit=dev.`,
  );
  process.exitCode = 1;
}
