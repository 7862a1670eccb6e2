import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineSetup } from '../../src/cli/setup/engine.ts';
import { runChild } from './child.ts';
import { findElectron, needChromium, needCompiler, needDesktopTools, needDisplay, needSandboxTools } from './needs.ts';
import { type Counts, countOfCheck, failWhenEmpty } from './outcome.ts';
import { countsOfPlaywright, countsOfVitest } from './results.ts';
import { needSoftwareVulkan } from './software-vulkan.ts';

const root = join(import.meta.dirname, '..', '..');
const tool = (...parts: readonly string[]): string => join(root, 'node_modules', ...parts);

export interface SuiteContext {
  readonly env: NodeJS.ProcessEnv;
  /** A private folder for result files. */
  readonly resultsDir: string;
  readonly report: (message: string) => void;
  readonly signal: AbortSignal;
  /** The engine, brought up at the first call and kept for the later suites. */
  readonly engine: () => Promise<EngineSetup>;
}

/** What a suite came to, or why it cannot run here. */
export type SuiteResult = { readonly kind: 'ran'; readonly counts: Counts } | { readonly kind: 'unable'; readonly reason: string };

export interface Suite {
  readonly name: string;
  readonly about: string;
  /** That it cannot run here is no failure even where we may install what is missing. */
  readonly isOptional: boolean;
  readonly run: (context: SuiteContext) => Promise<SuiteResult>;
}

const node = (context: SuiteContext, script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> =>
  runChild(process.execPath, [script, ...args], { ...context.env, ...env }, context.signal);

const ran = (counts: Counts): SuiteResult => ({ kind: 'ran', counts });
const noTests: SuiteResult = ran({ passed: 0, failed: 0, skips: [], unsteady: [] });

/** The counts that a runner wrote; a runner that failed and reported no failure, or nothing, counts as one failure. */
function countsFrom(path: string, exitCode: number, parse: (text: string) => Counts): Counts {
  if (!existsSync(path)) return countOfCheck(false);
  const counts = parse(readFileSync(path, 'utf8'));
  rmSync(path);
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

async function runVitest(context: SuiteContext, project: 'unit' | 'engine', env: NodeJS.ProcessEnv = {}): Promise<SuiteResult> {
  const path = join(context.resultsDir, `${project}.json`);
  const reporters = ['--reporter=default', `--reporter=${join(root, 'build', 'test', 'vitest-reporter.ts')}`];
  const exitCode = await node(context, tool('vitest', 'vitest.mjs'), ['run', '--project', project, ...reporters], {
    ...env,
    NIGHTSHIFT_TEST_RESULTS: path,
  });
  return ran(failWhenEmpty(countsFrom(path, exitCode, countsOfVitest), true));
}

const specsOf = (folder: string): readonly string[] => globSync(`e2e/${folder}/**/*.spec.ts`, { cwd: root });

async function runPlaywright(
  context: SuiteContext,
  project: 'web' | 'electron',
  env: NodeJS.ProcessEnv,
  wrapper = '',
): Promise<SuiteResult> {
  const built = await node(context, tool('vite', 'bin', 'vite.js'), ['build', '--config', 'build/vite.config.ts', '--logLevel', 'warn']);
  if (built !== 0) return ran(countOfCheck(false));
  const path = join(context.resultsDir, `${project}.json`);
  const command = [
    tool('@playwright', 'test', 'cli.js'),
    'test',
    '--config',
    'e2e/playwright.config.ts',
    '--project',
    project,
    '--reporter=list,json',
  ];
  const playwrightEnv = { ...context.env, ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: path };
  const exitCode =
    wrapper === ''
      ? await runChild(process.execPath, command, playwrightEnv, context.signal)
      : await runChild(wrapper, ['-a', process.execPath, ...command], playwrightEnv, context.signal);
  return ran(failWhenEmpty(countsFrom(path, exitCode, countsOfPlaywright), true));
}

async function engineProblem(context: SuiteContext): Promise<string | null> {
  const engine = await context.engine();
  return engine.kind === 'missing' ? `${engine.detail} ${engine.fix}` : null;
}

async function runUnit(context: SuiteContext): Promise<SuiteResult> {
  const compiler = await needCompiler(context.report, context.signal);
  if (compiler.kind === 'absent') context.report(`the tests that build a C library are skipped: ${compiler.reason}`);
  return runVitest(context, 'unit');
}

async function runEngine(context: SuiteContext): Promise<SuiteResult> {
  const needs = [needDesktopTools, needSandboxTools, needCompiler, needChromium];
  for (const need of needs) {
    const found = await need(context.report, context.signal);
    if (found.kind === 'absent') return { kind: 'unable', reason: found.reason };
  }
  const vulkan = await needSoftwareVulkan(context.report, context.signal);
  if (vulkan.kind === 'absent') return { kind: 'unable', reason: vulkan.reason };
  const problem = await engineProblem(context);
  return problem === null
    ? runVitest(context, 'engine', { NIGHTSHIFT_TEST_VULKAN: JSON.stringify(vulkan.devices) })
    : { kind: 'unable', reason: problem };
}

async function runWeb(context: SuiteContext): Promise<SuiteResult> {
  if (specsOf('web').length === 0) return noTests;
  const chromium = await needChromium(context.report, context.signal);
  if (chromium.kind === 'absent') return { kind: 'unable', reason: chromium.reason };
  const problem = await engineProblem(context);
  return problem === null ? runPlaywright(context, 'web', { CHROMIUM: chromium.path }) : { kind: 'unable', reason: problem };
}

async function runElectron(context: SuiteContext): Promise<SuiteResult> {
  const electron = findElectron();
  if (electron.kind === 'absent') return { kind: 'unable', reason: electron.reason };
  if (specsOf('electron').length === 0) return noTests;
  const display = await needDisplay(context.report, context.signal);
  return display.kind === 'absent'
    ? { kind: 'unable', reason: display.reason }
    : runPlaywright(context, 'electron', { NIGHTSHIFT_ELECTRON: electron.path }, display.path);
}

/** In the order in which they run: what is quick and likely to fail comes first. */
export const suites: readonly Suite[] = [
  {
    name: 'types',
    about: 'tsc -b: all layers compile, and none reaches where it may not',
    isOptional: false,
    run: async (context) => ran(countOfCheck((await node(context, tool('typescript', 'bin', 'tsc'), ['-b'])) === 0)),
  },
  {
    name: 'lint',
    about: 'biome check: format and lint',
    isOptional: false,
    run: async (context) =>
      ran(countOfCheck((await node(context, tool('@biomejs', 'biome', 'bin', 'biome'), ['check', '--error-on-warnings', '.'])) === 0)),
  },
  { name: 'unit', about: '*.test.ts without an engine', isOptional: false, run: runUnit },
  { name: 'engine', about: '*.engine.test.ts and e2e/road, one at a time, on a real container engine', isOptional: false, run: runEngine },
  { name: 'web', about: 'e2e/web in Chromium', isOptional: false, run: runWeb },
  { name: 'electron', about: 'e2e/electron in Electron, where its binary is', isOptional: true, run: runElectron },
];
