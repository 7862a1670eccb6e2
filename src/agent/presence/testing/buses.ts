import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DBusError, Message, sessionBus, type Variant } from '@jellybrick/dbus-next';

/*
 * Private message buses and mocked services for tests. Debian packages: dbus (or dbus-daemon), python3-dbusmock, and systemd for systemd-inhibit.
 */

export interface TestBus {
  /** For DBUS_SYSTEM_BUS_ADDRESS or DBUS_SESSION_BUS_ADDRESS. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Debian's own Python: python3-dbusmock is installed for no other. */
const PYTHON = '/usr/bin/python3';
const READY_TIMEOUT_MS = 20_000;
const MOCK = 'org.freedesktop.DBus.Mock';

/** A bus of our own that lets everybody do everything. Give the address of a stopped one to bring that back. */
export async function startBus(address?: string): Promise<TestBus> {
  const at = address ?? `unix:path=${join(tmpdir(), `nightshift-bus-${randomBytes(6).toString('hex')}`)}`;
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address', `--address=${at}`], {
    stdio: ['ignore', 'pipe', 'ignore'], // it complains of limits that do not matter here
  });
  await once(daemon.stdout, 'data');
  return {
    address: at,
    async stop() {
      await end(daemon);
      rmSync(at.replace('unix:path=', ''), { force: true }); // as the system's start would: a killed daemon leaves its socket
    },
  };
}

/** What to start: a template of dbusmock (`logind`, `upower`, ...) with its parameters, or a bare object to which methods are added. */
export type MockPlan =
  | { readonly template: string; readonly parameters?: Readonly<Record<string, unknown>>; readonly name: string }
  | { readonly name: string; readonly path: string; readonly interface: string };

export interface Mock {
  /** Any call to it: path, interface, member, signature, arguments. */
  call(path: string, iface: string, member: string, signature?: string, args?: readonly unknown[]): Promise<readonly unknown[]>;
  /** A call to dbusmock's own interface: AddSession, AddMethod, ... */
  mock(path: string, member: string, signature: string, args: readonly unknown[]): Promise<readonly unknown[]>;
  /** Sets properties and sends PropertiesChanged. */
  update(path: string, iface: string, properties: Readonly<Record<string, Variant>>): Promise<void>;
  emit(path: string, iface: string, member: string, signature: string, args: readonly Variant[]): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a mocked service on a bus; it has its name when this returns. */
export async function startMock(bus: TestBus, plan: MockPlan): Promise<Mock> {
  const what =
    'template' in plan ? ['-t', plan.template, '-p', JSON.stringify(plan.parameters ?? {})] : [plan.name, plan.path, plan.interface];
  const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: bus.address, DBUS_SESSION_BUS_ADDRESS: bus.address };
  const child = spawn(PYTHON, ['-m', 'dbusmock', '--session', ...what], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const client = sessionBus({ busAddress: bus.address });
  const events: NodeJS.EventEmitter = client;
  events.on('error', (error: unknown) => console.error('test bus:', error));
  const call: Mock['call'] = async (path, iface, member, signature = '', args = []) => {
    const reply = await client.call(new Message({ destination: plan.name, path, interface: iface, member, signature, body: [...args] }));
    return reply?.body ?? [];
  };
  const main = 'template' in plan ? `/${plan.name.replaceAll('.', '/')}` : plan.path;
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      await call(main, 'org.freedesktop.DBus.Introspectable', 'Introspect');
      break;
    } catch (error) {
      if (!(error instanceof DBusError) || performance.now() > deadlineMs) throw error;
      await sleep(50);
    }
  }
  const mock: Mock['mock'] = (path, member, signature, args) => call(path, MOCK, member, signature, args);
  return {
    call,
    mock,
    async update(path, iface, properties) {
      await mock(path, 'UpdateProperties', 'sa{sv}', [iface, properties]);
    },
    async emit(path, iface, member, signature, args) {
      await mock(path, 'EmitSignal', 'sssav', [iface, member, signature, args]);
    },
    async stop() {
      client.disconnect();
      await end(child);
    },
  };
}

/** A process that holds an inhibitor lock of the (mocked) logind, as a film player does, until it is stopped. */
export async function holdLock(bus: TestBus, what: string, who: string, why: string): Promise<{ stop(): Promise<void> }> {
  const child = spawn('systemd-inhibit', [`--what=${what}`, `--who=${who}`, `--why=${why}`, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    env: { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: bus.address },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    async stop() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
