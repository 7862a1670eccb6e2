import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineSetup, ensureEngine } from '../src/cli/setup/engine.ts';
import { canInstall } from './test/needs.ts';
import { countOfCheck, exitCode, type Outcome, summary } from './test/outcome.ts';
import { type Suite, type SuiteContext, suites } from './test/suites.ts';

const help = `npm test [-- suite ...]

Runs all suites, or those named, in this order. As root on Debian or Ubuntu, what is missing is installed;
elsewhere a suite that cannot run is skipped with its reason, or has failed if you named it.

${suites.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join('\n')}`;

async function runSuite(suite: Suite, mustRun: boolean, context: SuiteContext): Promise<Outcome> {
  const startMs = performance.now();
  console.log(`\n== ${suite.name}: ${suite.about}`);
  try {
    const result = await suite.run(context);
    const wallMs = performance.now() - startMs;
    if (result.kind === 'ran') return { suite: suite.name, ...result.counts, wallMs };
    console.log(`${mustRun ? 'Cannot run' : 'Skipped'}: ${result.reason}`);
    return mustRun
      ? { suite: suite.name, ...countOfCheck(false), wallMs }
      : {
          suite: suite.name,
          passed: 0,
          failed: 0,
          skips: [{ test: 'the whole suite', reason: result.reason }],
          unsteady: [],
          wallMs: null,
        };
  } catch (error) {
    // One suite's surprise must not hide what the others found.
    console.error(context.signal.aborted ? 'Interrupted.' : error);
    return { suite: suite.name, ...countOfCheck(false), wallMs: performance.now() - startMs };
  }
}

async function runSuites(chosen: readonly Suite[], areNamed: boolean, signal: AbortSignal): Promise<readonly Outcome[]> {
  await using cleanup = new AsyncDisposableStack();
  const resultsDir = mkdtempSync(join(tmpdir(), 'nightshift-results-'));
  cleanup.defer(() => rmSync(resultsDir, { recursive: true, force: true }));
  // Browsers and tools fail in odd ways without a home, which a CI account may lack.
  const home = process.env.HOME ?? process.env.USERPROFILE;
  const env = home !== undefined && existsSync(home) ? process.env : { ...process.env, HOME: resultsDir };
  const report = (message: string): void => console.log(`-- ${message}`);
  let engine: Promise<EngineSetup> | null = null;
  const context: SuiteContext = {
    env,
    resultsDir,
    report,
    signal,
    engine: () => {
      engine ??= ensureEngine({ report, signal, mayInstall: true }).then((setup) => cleanup.use(setup));
      return engine;
    },
  };
  const outcomes: Outcome[] = [];
  for (const suite of chosen) {
    if (signal.aborted) break;
    outcomes.push(await runSuite(suite, areNamed || (canInstall() && !suite.isOptional), context));
  }
  return outcomes;
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
if (names.includes('--help') || names.includes('-h')) {
  console.log(help);
} else if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(', ')}.\n\n${help}`);
  process.exitCode = 2;
} else {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => abort.abort());
  const chosen = suites.filter((suite) => names.length === 0 || names.includes(suite.name));
  const outcomes = await runSuites(chosen, names.length > 0, abort.signal);
  console.log(summary(outcomes));
  process.exitCode = abort.signal.aborted ? 1 : exitCode(outcomes);
}
