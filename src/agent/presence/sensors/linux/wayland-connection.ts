import { createConnection } from 'node:net';
import { encodeRequest, parseGlobal, takeEvents } from './wayland-wire.ts';
import { LinkError, type Trouble } from './x11-lasting.ts';

/** Something that the compositor offers. */
export interface Global {
  readonly name: number;
  readonly interfaceName: string;
  readonly version: number;
}

/** A client of a Wayland compositor. It takes no events that carry file descriptors, so a plain socket is enough. */
export interface WaylandConnection {
  /** What the compositor offers now. */
  globals(): readonly Global[];
  bind(global: Global, version: number): number;
  /** Sends a request that makes a new object, with the arguments that `args` puts around the object's id, and listens to its events. */
  create(object: number, opcode: number, args: (id: number) => readonly number[], onEvent: (opcode: number) => void): number;
  destroy(object: number, opcode: number): void;
  /** Resolves when the compositor has dealt with everything sent so far, or went away. */
  sync(): Promise<void>;
  close(): void;
}

/** wayland.xml: objects, requests and events used here. */
const DISPLAY = 1;
const REGISTRY = 2;
const DISPLAY_SYNC = 0;
const DISPLAY_GET_REGISTRY = 1;
const DISPLAY_ERROR = 0;
const DISPLAY_DELETE_ID = 1;
const REGISTRY_BIND = 0;
const REGISTRY_GLOBAL = 0;
const REGISTRY_GLOBAL_REMOVE = 1;
const LOG_IN = 'Log in to the desktop of this machine; Nightshift looks again by itself.';

/**
 * Connects and learns what the compositor offers, or rejects with a `LinkError`; while the compositor is stopped it waits, until the signal fires.
 * @param globalsChanged something was offered or withdrawn later
 */
export async function connectWayland(
  socketPath: string,
  globalsChanged: () => void,
  lost: (trouble: Trouble) => void,
  signal: AbortSignal,
): Promise<WaylandConnection> {
  const socket = createConnection(socketPath);
  const globals = new Map<number, Global>();
  const listeners = new Map<number, (opcode: number) => void>();
  const syncs = new Map<number, () => void>();
  /** Given back by the compositor, which keeps a table as long as the highest id. */
  const freeIds: number[] = [];
  let highestId = REGISTRY;
  const newId = (): number => freeIds.pop() ?? ++highestId;
  let received: Buffer = Buffer.alloc(0);
  let isOpen = false;
  let ended = false;
  const refused = Promise.withResolvers<never>();

  const release = (): void => {
    ended = true;
    signal.removeEventListener('abort', giveUp);
    socket.destroy();
    for (const done of syncs.values()) done();
  };
  const end = (trouble: Trouble): void => {
    if (ended) return;
    release();
    if (isOpen) lost(trouble);
    else refused.reject(new LinkError(trouble));
  };
  const giveUp = (): void => end({ detail: 'Nightshift looks no longer.', fix: null });
  signal.addEventListener('abort', giveUp);
  const send = (object: number, opcode: number, ...args: readonly (number | string)[]): void => {
    if (!ended) socket.write(encodeRequest(object, opcode, ...args));
  };
  const take = (object: number, opcode: number, body: Buffer): void => {
    if (object === REGISTRY) {
      if (opcode === REGISTRY_GLOBAL) globals.set(body.readUInt32LE(0), parseGlobal(body));
      if (opcode === REGISTRY_GLOBAL_REMOVE) globals.delete(body.readUInt32LE(0));
      if (isOpen) globalsChanged();
    } else if (object === DISPLAY) {
      if (opcode === DISPLAY_ERROR) end({ detail: 'The Wayland compositor refuses what Nightshift asks it for.', fix: null });
      if (opcode === DISPLAY_DELETE_ID) freeIds.push(body.readUInt32LE(0));
    } else {
      listeners.get(object)?.(opcode);
      syncs.get(object)?.();
      syncs.delete(object);
    }
  };
  socket.on('data', (chunk) => {
    const { events, rest } = takeEvents(received.length === 0 ? chunk : Buffer.concat([received, chunk]));
    received = rest;
    try {
      for (const event of events) take(event.object, event.opcode, event.body);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      end({ detail: 'What answers is no Wayland compositor.', fix: LOG_IN }); // lengths that contradict each other
    }
  });
  socket.on('error', () => end({ detail: 'No Wayland compositor runs here.', fix: LOG_IN }));
  socket.on('close', () => end({ detail: 'The Wayland compositor has gone away.', fix: LOG_IN }));

  const connection: WaylandConnection = {
    globals: () => [...globals.values()],
    bind(global, version) {
      const id = newId();
      send(REGISTRY, REGISTRY_BIND, global.name, global.interfaceName, version, id);
      return id;
    },
    create(object, opcode, args, onEvent) {
      const id = newId();
      listeners.set(id, onEvent);
      send(object, opcode, ...args(id));
      return id;
    },
    destroy(object, opcode) {
      listeners.delete(object);
      send(object, opcode);
    },
    sync() {
      const id = newId();
      send(DISPLAY, DISPLAY_SYNC, id);
      return new Promise((resolve) => {
        if (ended) resolve();
        else syncs.set(id, resolve);
      });
    },
    close: release,
  };
  send(DISPLAY, DISPLAY_GET_REGISTRY, REGISTRY);
  await connection.sync();
  if (ended) return refused.promise;
  isOpen = true;
  return connection;
}
