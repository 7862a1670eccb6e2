import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { installDir, openHome } from '../../src/cli/home.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { audit } from './audit.ts';
import { run } from './machine.ts';

const home = openHome(tempFolder());
let started: ChildProcess | null = null;

/** `npm start -- --yes` without a terminal, until its output says what is waited for. */
async function start(wanted: RegExp): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      join(installDir, 'build', 'nightshift.mjs'),
      'start',
      '--yes',
      '--no-open',
      '--ui-port',
      '0',
      '--network-port',
      '0',
      '--home',
      home.root,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } },
  );
  started = child;
  let text = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const onText = (chunk: string): void => {
    text += chunk;
    if (wanted.test(text)) resolve(text);
  };
  child.stdout.setEncoding('utf8').on('data', onText);
  child.stderr.setEncoding('utf8').on('data', onText);
  child.once('exit', (code) => reject(new Error(`it ended with code ${code}:\n${text}`)));
  return promise;
}

/** Ctrl-C, as it comes from the terminal and from a launcher too. Resolves to the exit code. */
async function interrupt(): Promise<number | null> {
  started?.kill('SIGINT');
  await sleep(5); // a launcher passes it on at once; much later it would meet a process that has closed everything, and kill what is left of it
  started?.kill('SIGINT');
  const isRunning = started !== null && started.exitCode === null && started.signalCode === null;
  const [code] = started && isRunning ? await once(started, 'exit') : [started?.exitCode ?? null];
  return code;
}

/** Processes that were started with this home. */
async function processesLeft(): Promise<readonly string[]> {
  const { stdout } = await run('ps', ['-eo', 'pid,args']);
  return stdout.split('\n').filter((line) => line.includes(home.root));
}

/** Containers of this home's leases. */
async function containersLeft(): Promise<readonly string[]> {
  const db = new Database(join(home.agentDir, 'agent.sqlite'), { readonly: true });
  const leases = db.prepare<[], { lease_id: string }>('SELECT lease_id FROM leases').all();
  db.close();
  expect(leases.length).toBeGreaterThan(0);
  const { stdout } = await run('docker', ['ps', '-a', '--format', '{{.Names}}']);
  return stdout.split('\n').filter((name) => leases.some((lease) => name.includes(lease.lease_id)));
}

afterAll(async () => {
  if (started?.exitCode === null && started.signalCode === null) await interrupt();
});

describe('npm start', () => {
  it('is interrupted in the middle of the first job and leaves nothing running', async () => {
    const text = await start(/^ {2}Running$/m); // its log may come late on a busy machine
    expect(text).toMatch(/Open http:\/\/127\.0\.0\.1:\d+\/#token=/);
    expect(await interrupt()).toBe(0);
    expect(await processesLeft()).toEqual([]);
    expect(await containersLeft()).toEqual([]);
  });

  it('goes on where it was: the job is run again, verified on the withheld rows, and paid', async () => {
    const text = await start(/ledger and the network's agree/);
    expect(text).toMatch(/Going on with digits/);
    const accuracy = Number(/accuracy on \d+ withheld rows: ([\d.]+)%/.exec(text)?.[1]);
    expect(accuracy).toBeGreaterThanOrEqual(95);
    expect(await interrupt()).toBe(0);
    expect(await processesLeft()).toEqual([]);
    expect(audit(home.root)).toEqual([]);
  });

  it('asks for no first job again, and shows what was earned', async () => {
    const text = await start(/ledger and the network's agree/);
    expect(text).not.toMatch(/A first job shows|Going on with/);
    expect(text).toMatch(/You earned 0\.\d{6} TEST today/);
    expect(await interrupt()).toBe(0);
    expect(await processesLeft()).toEqual([]);
  });
});
