import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installDir } from '../../src/cli/home.ts';

/** What a shell sees. */
interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const home = mkdtempSync(join(tmpdir(), 'nightshift-cli-'));
const launcher = join(installDir, 'build', 'nightshift.mjs');
const exampleJob = join(installDir, 'examples', 'digits', 'job.yaml');
const nightshift = (...args: string[]): Promise<Result> =>
  new Promise((resolve) => {
    execFile(process.execPath, [launcher, ...args], { env: { ...process.env, NIGHTSHIFT_HOME: home, NO_COLOR: '1' } }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });

const blocker = createServer();
let taken = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const address = blocker.address();
  taken = typeof address === 'object' && address ? address.port : 0;
});
afterAll(() => {
  blocker.close();
  rmSync(home, { recursive: true, force: true });
});

/** One sentence for what happened, one for what to do, no stack trace. */
function expectOneClearSentence(result: Result, what: RegExp, next: RegExp): void {
  expect(result.code).toBe(2);
  expect(result.err).toMatch(what);
  expect(result.err).toMatch(next);
  expect(result.err.trim().split('\n').length).toBeLessThanOrEqual(2);
}

describe('bad input at the command line', () => {
  it('a malformed job file: the line and what belongs there', async () => {
    const path = join(home, 'job.yaml');
    writeFileSync(path, 'name: x\nimage: python:3\ncommand: [a]\ndevice: { class: cpu }\n');
    const result = await nightshift('job', 'run', path, '--network', 'http://127.0.0.1:9', '--key', 'k');
    expectOneClearSentence(result, /job\.yaml:2: image must be an image id/, /Correct it/);
  });

  it('an unreachable network', async () => {
    const result = await nightshift('job', 'list', '--network', 'http://127.0.0.1:9', '--key', 'k');
    expectOneClearSentence(result, /No Nightshift network answers at http:\/\/127\.0\.0\.1:9/, /npm start/);
  });

  it('no network set up yet', async () => {
    expectOneClearSentence(await nightshift('job', 'list'), /No network and key are set/, /npm start/);
  });

  it('no agent running', async () => {
    expectOneClearSentence(await nightshift('worker', 'status'), /No Nightshift agent runs/, /npm start/);
  });

  it('a port in use, for the network, the agent and the whole', async () => {
    const busy = new RegExp(`Port ${taken}.* in use`);
    expectOneClearSentence(await nightshift('network', '--port', String(taken)), busy, /port/);
    expectOneClearSentence(await nightshift('agent', '--ui-port', String(taken)), busy, /--ui-port/);
    const whole = await nightshift('start', '--yes', '--no-open', '--network-port', String(taken), '--ui-port', '0');
    expect(whole.code).toBe(2);
    expect(whole.err).toMatch(busy);
  });

  it('a command that does not exist', async () => {
    const result = await nightshift('frobnicate');
    expect(result.code).not.toBe(0);
    expect(result.err).toMatch(/unknown command/);
  });

  it('a job against a network that is not there leaves nothing behind and charges nothing', async () => {
    expectOneClearSentence(
      await nightshift('job', 'run', exampleJob, '--network', 'http://127.0.0.1:9', '--key', 'k'),
      /No Nightshift network answers/,
      /./,
    );
    expect(existsSync(join(home, 'runs'))).toBe(false);
  });
});
