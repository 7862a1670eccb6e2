/**
 * The Wayland wire format (https://wayland.freedesktop.org/docs/html/ch04.html#sect-Protocol-Wire-Format): 32-bit words in the
 * machine's byte order, little-endian on every machine that this runs on. Only uint and string arguments occur here.
 */

export interface WaylandEvent {
  readonly object: number;
  readonly opcode: number;
  readonly body: Buffer;
}

const HEADER_BYTES = 8;
const padded = (bytes: number): number => (bytes + 3) & ~3;

/** A message to an object of the compositor's: a number for uint, object and new_id, text for string. */
export function encodeRequest(object: number, opcode: number, ...args: readonly (number | string)[]): Buffer {
  const body = Buffer.concat(args.map((arg) => (typeof arg === 'number' ? word(arg) : text(arg))));
  return Buffer.concat([word(object), word(((HEADER_BYTES + body.length) << 16) | opcode), body]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** Length with the final NUL, the text, NUL, padding. */
function text(value: string): Buffer {
  const length = Buffer.byteLength(value) + 1;
  const bytes = Buffer.alloc(4 + padded(length));
  bytes.writeUInt32LE(length);
  bytes.write(value, 4);
  return bytes;
}

/** Takes whole messages off the front of what was received; the rest is the beginning of one that is still under way. */
export function takeEvents(received: Buffer): { readonly events: readonly WaylandEvent[]; readonly rest: Buffer } {
  const events: WaylandEvent[] = [];
  let at = 0;
  while (received.length - at >= HEADER_BYTES) {
    const sizeAndOpcode = received.readUInt32LE(at + 4);
    const size = Math.max(HEADER_BYTES, sizeAndOpcode >>> 16);
    if (received.length - at < size) break;
    events.push({
      object: received.readUInt32LE(at),
      opcode: sizeAndOpcode & 0xffff,
      body: received.subarray(at + HEADER_BYTES, at + size),
    });
    at += size;
  }
  return { events, rest: received.subarray(at) };
}

/** wl_registry.global: name, interface, version. */
export function parseGlobal(body: Buffer): { readonly name: number; readonly interfaceName: string; readonly version: number } {
  const length = body.readUInt32LE(4);
  return {
    name: body.readUInt32LE(0),
    interfaceName: body.toString('utf8', 8, 8 + length - 1),
    version: body.readUInt32LE(8 + padded(length)),
  };
}
