import { createServer, type Socket } from 'node:net';
import { encodeRequest, takeEvents } from '../wayland-wire.ts';

/** A compositor that speaks ext-idle-notify-v1 as its XML publishes it, for want of a small real one that does. */
export interface WaylandDouble {
  /** To every notification asked for. */
  idled(): void;
  resumed(): void;
  /** Stops taking part without closing, as a stopped process does. */
  hang(): void;
  wake(): void;
  /** The highest id that a client has given to an object. */
  highestId(): number;
  /** Requests for a notification: the request's opcode and its timeout. */
  readonly asked: readonly { readonly opcode: number; readonly timeoutMs: number }[];
  close(): Promise<void>;
}

interface Client {
  readonly socket: Socket;
  readonly notifications: number[];
}

/** wayland.xml, ext-idle-notify-v1.xml. */
const [DISPLAY, REGISTRY] = [1, 2];
const [SEAT, NOTIFIER] = [10, 11];

export async function startWaylandDouble(path: string, offers: { readonly notifierVersion: 1 | 2 | null }): Promise<WaylandDouble> {
  const clients = new Set<Client>();
  const asked: { opcode: number; timeoutMs: number }[] = [];
  let highestEver = 0;
  let isHung = false;
  const held: (() => void)[] = [];

  const server = createServer((socket) => {
    const client: Client = { socket, notifications: [] };
    clients.add(client);
    socket.on('close', () => clients.delete(client));
    let received: Buffer = Buffer.alloc(0);
    let notifier: number | null = null;
    /** Objects are made one after another (wayland.xml, wl_display): a client that leaves a gap is cut off. */
    let highest = REGISTRY - 1;
    const made = (id: number): void => {
      if (id > highest + 1) socket.destroy();
      highest = Math.max(highest, id);
      highestEver = Math.max(highestEver, id);
    };
    const handle = (object: number, opcode: number, body: Buffer): void => {
      const last = body.length >= 4 ? body.readUInt32LE(body.length - 4) : 0;
      if (object === DISPLAY && opcode === 1) {
        made(last);
        socket.write(encodeRequest(REGISTRY, 0, SEAT, 'wl_seat', 7));
        if (offers.notifierVersion) socket.write(encodeRequest(REGISTRY, 0, NOTIFIER, 'ext_idle_notifier_v1', offers.notifierVersion));
      } else if (object === DISPLAY) {
        made(last);
        socket.write(Buffer.concat([encodeRequest(last, 0, 0), encodeRequest(DISPLAY, 1, last)]));
      } else if (object === REGISTRY) {
        made(last);
        if (body.readUInt32LE(0) === NOTIFIER) notifier = last;
      } else if (object === notifier) {
        made(body.readUInt32LE(0));
        client.notifications.push(body.readUInt32LE(0));
        asked.push({ opcode, timeoutMs: body.readUInt32LE(4) });
      }
    };
    socket.on('data', (chunk) => {
      const { events, rest } = takeEvents(Buffer.concat([received, chunk]));
      received = rest;
      for (const { object, opcode, body } of events) {
        if (isHung) held.push(() => handle(object, opcode, body));
        else handle(object, opcode, body);
      }
    });
  });
  const tell = (opcode: number): void => {
    for (const { socket, notifications } of clients) for (const id of notifications) socket.write(encodeRequest(id, opcode));
  };
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    idled: () => tell(0),
    resumed: () => tell(1),
    hang() {
      isHung = true;
    },
    wake() {
      isHung = false;
      for (const each of held.splice(0)) each();
    },
    highestId: () => highestEver,
    asked,
    close() {
      for (const { socket } of clients) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
