import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { Message, MessageFlag, MessageType, sessionBus, Variant } from '@jellybrick/dbus-next';
import { ZodError } from 'zod';
import type { SensorContext } from '../../signals.ts';

export type BusKind = 'system' | 'session';

export interface BusSignal {
  /** Unique name of the sender; only the bus itself is `org.freedesktop.DBus`. */
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

/** A connection that stands. Nothing here starts a service that does not run: looking at a machine must not change it. */
export interface BusLink {
  /** Calls a method; rejects on an error, on a lost connection and after CALL_TIMEOUT_MS. Variants in the answer are unwrapped. */
  call(to: string, path: string, iface: string, member: string, signature?: string, args?: readonly unknown[]): Promise<readonly unknown[]>;
}

/** Somebody who uses a bus. None of these may throw. */
export interface BusUser {
  up(link: BusLink): void;
  /** The connection is lost or could not be made; it is tried again by itself and `up` follows. `nobody`: no bus listens at the address. */
  down(detail: string, nobody: boolean): void;
  signal(signal: BusSignal): void;
}

/** A busy service answers in milliseconds; libdbus waits 25 s, which is too long to know nothing. */
const CALL_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 3_000;
const LAST_RETRY_MS = 60_000;

/**
 * Where the bus is, by the rules of the D-Bus specification ("Well-known Message Bus Instances") and, for the session, those of sd-bus
 * (`$XDG_RUNTIME_DIR/bus`). Null: this machine or this session has none.
 */
export function busAddress(kind: BusKind, context: Pick<SensorContext, 'env' | 'root'>): string | null {
  const { env, root } = context;
  const given = kind === 'system' ? env.DBUS_SYSTEM_BUS_ADDRESS : env.DBUS_SESSION_BUS_ADDRESS;
  if (given) return given;
  const socket = kind === 'system' ? join(root, 'run/dbus/system_bus_socket') : env.XDG_RUNTIME_DIR && join(env.XDG_RUNTIME_DIR, 'bus');
  return socket && existsSync(socket) ? `unix:path=${socket}` : null;
}

/** Variants and what they hold, however deep, as plain values. */
export function plain(value: unknown): unknown {
  if (value instanceof Variant) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  return value;
}

interface SharedBus {
  readonly users: Set<BusUser>;
  link: BusLink | null;
  close: () => void;
}
const shared = new Map<string, SharedBus>();

/** Joins the bus at this address: one connection for all its users, opened for the first and closed after the last. */
export function attachBus(address: string, user: BusUser): Disposable {
  const bus = shared.get(address) ?? openShared(address);
  bus.users.add(user);
  if (bus.link) user.up(bus.link);
  return {
    [Symbol.dispose]() {
      bus.users.delete(user);
      if (bus.users.size > 0) return;
      bus.close();
      if (shared.get(address) === bus) shared.delete(address);
    },
  };
}

function openShared(address: string): SharedBus {
  const users = new Set<BusUser>();
  let retryMs = FIRST_RETRY_MS;
  let retry: NodeJS.Timeout | undefined;
  let disconnect: () => void = () => undefined;
  const bus: SharedBus = {
    users,
    link: null,
    close() {
      clearTimeout(retry);
      disconnect();
    },
  };
  const begin = (): void => {
    disconnect = connect(address, {
      up(link) {
        bus.link = link;
        retryMs = FIRST_RETRY_MS;
        for (const user of users) user.up(link);
      },
      down(detail, nobody) {
        bus.link = null;
        retry = setTimeout(begin, retryMs);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
        for (const user of users) user.down(detail, nobody);
      },
      signal(signal) {
        for (const user of users) user.signal(signal);
      },
    });
  };
  begin();
  shared.set(address, bus);
  return bus;
}

/**
 * One attempt. `down` comes exactly once unless the returned function ended it before. The library (0.11.3) neither says that a connection
 * ended nor survives a message that it cannot parse (it throws out of the socket's event), so its socket is watched here.
 */
function connect(address: string, user: BusUser): () => void {
  const bus = sessionBus({ busAddress: address }); // the same client for either bus: only the address differs
  const connection: unknown = Reflect.get(bus, '_connection');
  if (!(connection instanceof EventEmitter)) throw new Error('dbus-next has no connection any more: see the comment above');
  const pending = new Set<(error: Error) => void>();
  let over = false;

  const end = (detail: string | null, nobody = false): void => {
    if (over) return;
    over = true;
    clearTimeout(connecting);
    const stream: unknown = Reflect.get(connection, 'stream');
    if (stream instanceof Duplex) stream.destroy();
    for (const fail of pending) fail(new Error(detail ?? 'The connection was closed.'));
    if (detail !== null) user.down(detail, nobody);
  };
  const onError = (error: unknown): void => {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    end(textOf(error), code === 'ECONNREFUSED' || code === 'ENOENT');
  };
  const connecting = setTimeout(() => end('The bus does not answer.'), CONNECT_TIMEOUT_MS);

  const link: BusLink = {
    call(to, path, iface, member, signature = '', args = []) {
      return new Promise((resolve, reject) => {
        if (over) throw new Error('The connection is lost.');
        const settle = (finish: () => void): void => {
          clearTimeout(timer);
          pending.delete(reject);
          finish();
        };
        const timer = setTimeout(() => settle(() => reject(new Error(`${member} was not answered.`))), CALL_TIMEOUT_MS);
        pending.add(reject);
        const flags = MessageFlag.NO_AUTO_START;
        bus.call(new Message({ destination: to, path, interface: iface, member, signature, body: [...args], flags })).then(
          (reply) => settle(() => resolve((reply?.body ?? []).map(plain))),
          (error: unknown) => settle(() => reject(error)),
        );
      });
    },
  };

  const errors: EventEmitter = bus; // typed without its error event
  errors.on('error', onError);
  connection.on('end', () => end('The bus closed the connection.'));
  connection.on('connect', () => {
    const stream: unknown = Reflect.get(connection, 'stream');
    if (!(stream instanceof Duplex)) return end('The bus cannot be read.');
    stream.on('close', () => end('The bus closed the connection.'));
    const emit = stream.emit.bind(stream);
    stream.emit = (event: string | symbol, ...args: unknown[]): boolean => {
      try {
        return emit(event, ...args);
      } catch (error) {
        end(`The bus sent what cannot be read: ${textOf(error)}`);
        return true;
      }
    };
  });
  bus.on('connect', () => {
    if (over) return;
    clearTimeout(connecting);
    user.up(link);
  });
  bus.on('message', (message) => {
    if (over || message.type !== MessageType.SIGNAL) return;
    const { sender, path, interface: iface, member, body } = message;
    user.signal({ sender, path, interface: iface, member, body: body.map(plain) });
  });
  return () => end(null);
}

/** What went wrong, as a sentence's end. */
export function textOf(error: unknown): string {
  if (error instanceof ZodError) return 'It answered in a form that Nightshift does not know.';
  return error instanceof Error ? error.message : String(error);
}
