import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { tempFolder } from '../../../src/lib/testing/temp-folder.ts';
import { connectBoinc } from './boinc-rpc.ts';
import { end } from './display.ts';

const run = promisify(execFile);

/** Debian's BOINC client beside us, with its own idle detection on a display. */
export interface Boinc extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

const STARTS_MS = 30_000;
/** The shortest delay that its preferences take, in minutes: 1 s, as ours. */
const IDLE_MINUTES = 1 / 60;

const preferences = `<global_preferences>
  <run_on_batteries>1</run_on_batteries>
  <run_if_user_active>0</run_if_user_active>
  <idle_time_to_run>${IDLE_MINUTES}</idle_time_to_run>
  <suspend_cpu_usage>0</suspend_cpu_usage>
  <suspend_if_no_recent_input>0</suspend_if_no_recent_input>
</global_preferences>
`;

/**
 * Without a project: the client decides about suspension all the same, and there is nothing it would have to reach on the internet. It asks every X
 * server that has a socket in /tmp/.X11-unix, so it gets a view of that folder with the one display only.
 */
const onlyThisDisplay = `touch "$FOLDER/X$NUMBER" && mount --bind "/tmp/.X11-unix/X$NUMBER" "$FOLDER/X$NUMBER" &&
  mount --rbind "$FOLDER" /tmp/.X11-unix && exec boinc "$@"`;

export async function startBoinc(displayName: string): Promise<Boinc> {
  const folder = tempFolder();
  const dataDir = join(folder, 'data');
  const sockets = join(folder, 'x11');
  mkdirSync(dataDir);
  mkdirSync(sockets);
  writeFileSync(join(dataDir, 'global_prefs_override.xml'), preferences);
  writeFileSync(join(dataDir, 'gui_rpc_auth.cfg'), ''); // no password: it listens on loopback only
  const port = await freePort();
  const options = ['--dir', dataDir, '--gui_rpc_port', String(port), '--allow_multiple_clients'];
  const child = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', onlyThisDisplay, 'sh', ...options, ...['--skip_cpu_benchmarks', '--no_info_fetch']],
    { env: { ...process.env, DISPLAY: displayName, FOLDER: sockets, NUMBER: displayName.slice(1) }, stdio: 'ignore', detached: true },
  );
  await once(child, 'spawn');
  const boinc: Boinc = { pid: child.pid ?? 0, port, [Symbol.asyncDispose]: () => end(child) };
  try {
    await untilBothAgree(port);
  } catch (error) {
    await end(child);
    throw error;
  }
  return boinc;
}

/** Waits until the client answers, and checks once that boinccmd reads the same state as we do. */
async function untilBothAgree(port: number): Promise<void> {
  const deadlineMs = performance.now() + STARTS_MS;
  for (;;) {
    try {
      const client = await connectBoinc(port);
      const before = await client.suspendedByUser();
      const { stdout } = await run('boinccmd', ['--host', `127.0.0.1:${port}`, '--get_cc_status']);
      const after = await client.suspendedByUser();
      client.close();
      const said = /CPU status\s+suspended: computer is in use/.test(stdout);
      if (before === after && said === before) return;
      throw new Error(`boinccmd reads another state than get_cc_status: ${stdout}`);
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await sleep(500);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}
