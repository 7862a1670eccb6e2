/**
 * The few messages of the X protocol that the sensors need, little-endian, as in "X Window System Protocol", appendix B
 * (https://www.x.org/releases/current/doc/xproto/x11protocol.html), and the protocol texts of SYNC 3.1, RandR 1.5 and XInput 2.0.
 */

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface XSetup {
  readonly root: number;
  readonly screen: Rectangle;
  /** Ids that this client gives begin here. */
  readonly idBase: number;
}

export type SetupAnswer = { readonly kind: 'accepted'; readonly setup: XSetup } | { readonly kind: 'refused'; readonly reason: string };

export interface XProperty {
  readonly format: number;
  readonly data: Buffer;
}

/** Every message of the server but its setup answer has at least so many bytes. */
export const MESSAGE_BYTES = 32;
export const SETUP_HEAD_BYTES = 8;
const INPUT_OUTPUT = 1;
const VIEWABLE = 2;
const CW_EVENT_MASK = 1 << 11;
const PROPERTY_CHANGE = 1 << 22;
const SUBSTRUCTURE_NOTIFY = 1 << 19;
/** Counter, value type, value, test type and delta. */
const ALARM_ATTRIBUTES = 0b11111;
const VALUE_ABSOLUTE = 0;
const NEGATIVE_TRANSITION = 1;

const padded = (bytes: number): number => (bytes + 3) & ~3;

function request(opcode: number, detail: number, units: number): Buffer {
  const bytes = Buffer.alloc(units * 4);
  bytes[0] = opcode;
  bytes[1] = detail;
  bytes.writeUInt16LE(units, 2);
  return bytes;
}

/** A request whose arguments are 32-bit numbers. */
function words(opcode: number, detail: number, ...values: readonly number[]): Buffer {
  const bytes = request(opcode, detail, 1 + values.length);
  values.forEach((value, index) => {
    bytes.writeUInt32LE(value >>> 0, 4 + 4 * index);
  });
  return bytes;
}

function named(opcode: number, detail: number, name: string): Buffer {
  const bytes = request(opcode, detail, 2 + padded(name.length) / 4);
  bytes.writeUInt16LE(name.length, 4);
  bytes.write(name, 8, 'latin1');
  return bytes;
}

export function setupRequest(cookie: Buffer | null): Buffer {
  const name = cookie ? Buffer.from('MIT-MAGIC-COOKIE-1') : Buffer.alloc(0);
  const data = cookie ?? Buffer.alloc(0);
  const bytes = Buffer.alloc(12 + padded(name.length) + padded(data.length));
  bytes.write('l', 0, 'latin1'); // little-endian
  bytes.writeUInt16LE(11, 2);
  bytes.writeUInt16LE(name.length, 6);
  bytes.writeUInt16LE(data.length, 8);
  name.copy(bytes, 12);
  data.copy(bytes, 12 + padded(name.length));
  return bytes;
}

/** How long the whole setup answer is, from its first 8 bytes. */
export const setupBytes = (head: Buffer): number => SETUP_HEAD_BYTES + 4 * head.readUInt16LE(6);

export function parseSetup(bytes: Buffer): SetupAnswer {
  if (bytes[0] !== 1) return { kind: 'refused', reason: refusal(bytes) };
  const vendorBytes = bytes.readUInt16LE(24);
  const formats = bytes.readUInt8(29);
  const screen = 40 + padded(vendorBytes) + 8 * formats;
  return {
    kind: 'accepted',
    setup: {
      root: bytes.readUInt32LE(screen),
      screen: { x: 0, y: 0, width: bytes.readUInt16LE(screen + 20), height: bytes.readUInt16LE(screen + 22) },
      idBase: bytes.readUInt32LE(12),
    },
  };
}

function refusal(bytes: Buffer): string {
  // Failed gives the length of its reason; Authenticate (2) fills the rest with it.
  const end = bytes[0] === 0 ? SETUP_HEAD_BYTES + bytes.readUInt8(1) : bytes.length;
  return bytes.toString('latin1', SETUP_HEAD_BYTES, end).replaceAll('\0', '').trim();
}

/** Length of the message that begins with these 32 bytes: replies and generic events (35) may be longer. */
export function messageBytes(head: Buffer): number {
  const type = head.readUInt8(0) & 0x7f;
  return type === 1 || type === 35 ? MESSAGE_BYTES + 4 * head.readUInt32LE(4) : MESSAGE_BYTES;
}

export const queryExtension = (name: string): Buffer => named(98, 0, name);
/** The extension's major opcode; null: the server lacks it. */
export const parseExtension = (reply: Buffer): number | null => (reply[8] === 1 ? reply.readUInt8(9) : null);

export const internAtom = (name: string): Buffer => named(16, 0, name);
export const parseAtom = (reply: Buffer): number => reply.readUInt32LE(8);

/** SYNC, Initialize: must come before its other requests. */
export const syncInitialize = (opcode: number): Buffer => words(opcode, 0, 3 | (1 << 8));
export const listSystemCounters = (opcode: number): Buffer => words(opcode, 1);

/** The id of a system counter by its name; null: the server has none of that name. */
export function parseCounter(reply: Buffer, name: string): number | null {
  let at = MESSAGE_BYTES;
  for (let left = reply.readUInt32LE(8); left > 0; left--) {
    const nameBytes = reply.readUInt16LE(at + 12);
    if (reply.toString('latin1', at + 14, at + 14 + nameBytes) === name) return reply.readUInt32LE(at);
    at += padded(14 + nameBytes);
  }
  return null;
}

export const queryCounter = (opcode: number, counter: number): Buffer => words(opcode, 5, counter);
export const parseCounterValue = (reply: Buffer): number => reply.readInt32LE(8) * 2 ** 32 + reply.readUInt32LE(12);

/** Asks for an AlarmNotify each time the counter falls from above `value` to it or below. */
export const alarmOnFall = (opcode: number, alarm: number, counter: number, value: number): Buffer =>
  words(opcode, 8, alarm, ALARM_ATTRIBUTES, counter, VALUE_ABSOLUTE, 0, value, NEGATIVE_TRANSITION, 0, 0);

/** XInput 2, XIQueryVersion: must come before its other requests. */
export const xinputVersion = (opcode: number): Buffer => words(opcode, 47, 2);
/** XInput 2, XIQueryDevice: all devices; the reply holds their names. */
export const inputDevices = (opcode: number): Buffer => words(opcode, 48, 0);

/** RandR, RRQueryVersion: a server answers later requests only after a client has said which version it speaks. */
export const randrVersion = (opcode: number): Buffer => words(opcode, 0, 1, 5);
/** RandR 1.5, RRGetMonitors, active ones only. */
export const getMonitors = (opcode: number, root: number): Buffer => words(opcode, 42, root, 1);

export function parseMonitors(reply: Buffer): readonly Rectangle[] {
  const monitors: Rectangle[] = [];
  let at = MESSAGE_BYTES;
  for (let left = reply.readUInt32LE(12); left > 0; left--) {
    const outputs = reply.readUInt16LE(at + 6);
    monitors.push({
      x: reply.readInt16LE(at + 8),
      y: reply.readInt16LE(at + 10),
      width: reply.readUInt16LE(at + 12),
      height: reply.readUInt16LE(at + 14),
    });
    at += 24 + 4 * outputs;
  }
  return monitors;
}

export const queryTree = (window: number): Buffer => words(15, 0, window);
/** The window's children, the top-most first. */
export function parseChildren(reply: Buffer): readonly number[] {
  const count = reply.readUInt16LE(16);
  return Array.from({ length: count }, (_, index) => reply.readUInt32LE(MESSAGE_BYTES + 4 * (count - 1 - index)));
}

export const getAttributes = (window: number): Buffer => words(3, 0, window);
export const parseAttributes = (reply: Buffer): { readonly isShown: boolean; readonly overrideRedirect: boolean } => ({
  isShown: reply.readUInt16LE(12) === INPUT_OUTPUT && reply[26] === VIEWABLE,
  overrideRedirect: reply[27] === 1,
});

export const getGeometry = (window: number): Buffer => words(14, 0, window);
/** Position within the parent, and size without the border. */
export const parseGeometry = (reply: Buffer): Rectangle => ({
  x: reply.readInt16LE(12),
  y: reply.readInt16LE(14),
  width: reply.readUInt16LE(16),
  height: reply.readUInt16LE(18),
});

/** Asks where the window's upper left corner is on the root. */
export const translateOrigin = (window: number, root: number): Buffer => words(40, 0, window, root, 0);
export const parseOrigin = (reply: Buffer): { readonly x: number; readonly y: number } => ({
  x: reply.readInt16LE(12),
  y: reply.readInt16LE(14),
});

/** Up to 1 KiB of a property of any type. */
export const getProperty = (window: number, property: number): Buffer => words(20, 0, window, property, 0, 0, 256);
/** Null: the window has no such property. */
export function parseProperty(reply: Buffer): XProperty | null {
  const format = reply.readUInt8(1);
  if (format === 0) return null;
  return { format, data: reply.subarray(MESSAGE_BYTES, MESSAGE_BYTES + reply.readUInt32LE(16) * (format / 8)) };
}

/** The atoms that a property lists. */
export function atomsOf(property: XProperty | null): readonly number[] {
  if (property?.format !== 32) return [];
  return Array.from({ length: property.data.length / 4 }, (_, index) => property.data.readUInt32LE(4 * index));
}

/** ICCCM 4.1.2.5: WM_CLASS is "instance\0class\0"; the class names the program. */
export function classOf(property: XProperty | null): string | null {
  const [instance = '', name = ''] = property?.data.toString('utf8').split('\0') ?? [];
  return name || instance || null;
}

/** Asks to be told when a top-level window comes, goes, moves or changes its place in the stack, or the root's properties change. */
export const watchWindows = (root: number): Buffer => words(2, 0, root, CW_EVENT_MASK, SUBSTRUCTURE_NOTIFY | PROPERTY_CHANGE);
