import { createConnection, type Socket } from 'node:net';
import type { SensorContext } from '../../signals.ts';
import { type LocalDisplay, readCookie } from './x11-display.ts';
import { LinkError, type Trouble } from './x11-lasting.ts';
import {
  MESSAGE_BYTES,
  messageBytes,
  parseExtension,
  parseSetup,
  queryExtension,
  SETUP_HEAD_BYTES,
  setupBytes,
  setupRequest,
  type XSetup,
} from './x11-wire.ts';

/**
 * A client of an X server, by its Unix socket. libX11 ends the process when the server goes away, and libxcb waits for a stopped
 * server inside xcb_connect; this never waits, because the agent and its jobs hang on it.
 */
export interface XConnection {
  readonly setup: XSetup;
  /** The reply; null when the server answered with an error (a window that has gone is normal), or went away. */
  ask(request: Buffer): Promise<Buffer | null>;
  /** For requests that have no reply. */
  tell(request: Buffer): void;
  close(): void;
}

const LOG_IN = 'Log in to the desktop of this machine; Nightshift looks again by itself.';

/**
 * Connects and is let in, or rejects with a `LinkError`; while the server is stopped it waits, until the signal fires.
 * @param onEvent called for every event that was asked for
 * @param lost called once when an open connection has broken
 */
export async function connectX(
  env: SensorContext['env'],
  display: LocalDisplay,
  onEvent: (() => void) | null,
  lost: (trouble: Trouble) => void,
  signal: AbortSignal,
): Promise<XConnection> {
  const cookie = await readCookie(env, display);
  const socket = await connectSocket(display);
  return new Promise((resolve, reject) => {
    const waiting: { readonly sequence: number; readonly answer: (reply: Buffer | null) => void }[] = [];
    let setup: XSetup | null = null;
    let sent = 0;
    let received: Buffer = Buffer.alloc(0);
    let ended = false;

    const release = (): void => {
      ended = true;
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      for (const each of waiting.splice(0)) each.answer(null);
    };
    const end = (trouble: Trouble): void => {
      if (ended) return;
      release();
      if (setup) lost(trouble);
      else reject(new LinkError(trouble));
    };

    const giveUp = (): void => end({ detail: 'Nightshift looks no longer.', fix: null });
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();

    /** Sequence numbers are 16 bits wide. */
    const send = (request: Buffer): number => {
      sent = (sent + 1) & 0xffff;
      if (socket.writableCorked === 0) {
        socket.cork(); // requests that are made together go out together
        process.nextTick(() => socket.uncork());
      }
      socket.write(request);
      return sent;
    };
    const connection = (accepted: XSetup): XConnection => ({
      setup: accepted,
      ask: (request) =>
        new Promise((answer) => {
          if (ended) answer(null);
          else waiting.push({ sequence: send(request), answer });
        }),
      tell(request) {
        if (!ended) send(request);
      },
      close: release,
    });

    const takeSetup = (): boolean => {
      if (received.length < SETUP_HEAD_BYTES || received.length < setupBytes(received)) return false;
      const answer = parseSetup(received);
      if (answer.kind === 'refused') {
        end({
          detail: `The X server of display :${display.number} refuses Nightshift: ${answer.reason}.`,
          fix: 'Start Nightshift as the person who is logged in to the desktop, from within it.',
        });
        return false;
      }
      received = received.subarray(setupBytes(received));
      setup = answer.setup;
      resolve(connection(setup));
      return true;
    };
    const takeMessage = (): boolean => {
      if (received.length < MESSAGE_BYTES || received.length < messageBytes(received)) return false;
      const bytes = messageBytes(received);
      const message = received.subarray(0, bytes);
      received = received.subarray(bytes);
      const type = message.readUInt8(0) & 0x7f;
      if (type > 1) onEvent?.();
      else if (waiting[0]?.sequence === message.readUInt16LE(2)) waiting.shift()?.answer(type === 1 ? message : null);
      return true;
    };
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      try {
        if (!setup && !takeSetup()) return;
        while (takeMessage());
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        end({ detail: `What answers on display :${display.number} is no X server.`, fix: LOG_IN }); // lengths that contradict each other
      }
    });
    const gone: Trouble = { detail: `The X server of display :${display.number} has gone away.`, fix: LOG_IN };
    socket.on('error', () => end(gone));
    socket.on('close', () => end(gone));
    socket.write(setupRequest(cookie));
  });
}

async function connectSocket(display: LocalDisplay): Promise<Socket> {
  // The file first, as it is what a container or another network namespace sees; then Linux's abstract name, used where /tmp is private.
  for (const path of [display.socketPath, `\0${display.socketPath}`]) {
    const socket = await new Promise<Socket | null>((resolve) => {
      const opening = createConnection(path, () => {
        opening.off('error', failed);
        resolve(opening);
      });
      const failed = (): void => resolve(null);
      opening.once('error', failed);
    });
    if (socket) return socket;
  }
  throw new LinkError({ detail: `No X server runs on display :${display.number}.`, fix: LOG_IN });
}

/** The major opcode of an extension; null: the server lacks it. */
export async function extensionOpcode(x: XConnection, name: string): Promise<number | null> {
  const reply = await x.ask(queryExtension(name));
  return reply ? parseExtension(reply) : null;
}
