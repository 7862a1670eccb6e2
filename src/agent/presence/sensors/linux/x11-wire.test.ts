import { expect, test } from 'vitest';
import {
  alarmOnFall,
  atomsOf,
  classOf,
  internAtom,
  messageBytes,
  parseMonitors,
  parseProperty,
  parseSetup,
  setupRequest,
} from './x11-wire.ts';

const hex = (bytes: Buffer): string => bytes.toString('hex');

test('requests are laid out as the protocol says', () => {
  // InternAtom: opcode 16, not only-if-exists, 4 units, 8 characters.
  expect(hex(internAtom('WM_STATE'))).toBe(`1000040008000000${Buffer.from('WM_STATE').toString('hex')}`);
  // SyncCreateAlarm: minor 8, 10 units; counter, absolute, value high and low, negative transition, delta 0.
  expect(hex(alarmOnFall(134, 0x20_0000, 7, 250))).toBe(
    ['86080a00', '00002000', '1f000000', '07000000', '00000000', '00000000', 'fa000000', '01000000', '00000000', '00000000'].join(''),
  );
});

test('a cookie goes with the setup under its name, padded to whole words', () => {
  const bytes = setupRequest(Buffer.alloc(16, 0xab));
  expect(bytes).toHaveLength(12 + 20 + 16);
  expect(bytes.toString('latin1', 12, 30)).toBe('MIT-MAGIC-COOKIE-1');
  expect(setupRequest(null)).toHaveLength(12);
});

test('a refusal is told in the words of the server', () => {
  const reason = 'Authorization required';
  const bytes = Buffer.concat([Buffer.from([0, reason.length, 11, 0, 0, 0, 6, 0]), Buffer.from(`${reason}\0\0`)]);
  expect(parseSetup(bytes)).toEqual({ kind: 'refused', reason });
});

test('only replies and generic events are longer than 32 bytes', () => {
  const head = (type: number): Buffer => {
    const bytes = Buffer.alloc(32);
    bytes[0] = type;
    bytes.writeUInt32LE(5, 4);
    return bytes;
  };
  expect([1, 35, 35 | 0x80, 0, 22].map((type) => messageBytes(head(type)))).toEqual([52, 52, 52, 32, 32]);
});

test('monitors are read past the outputs of each', () => {
  const monitor = (x: number, outputs: number): Buffer => {
    const bytes = Buffer.alloc(24 + 4 * outputs);
    bytes.writeUInt16LE(outputs, 6);
    bytes.writeInt16LE(x, 8);
    bytes.writeUInt16LE(1920, 12);
    bytes.writeUInt16LE(1080, 14);
    return bytes;
  };
  const head = Buffer.alloc(32);
  head.writeUInt32LE(2, 12);
  expect(parseMonitors(Buffer.concat([head, monitor(-1920, 2), monitor(0, 1)]))).toEqual([
    { x: -1920, y: 0, width: 1920, height: 1080 },
    { x: 0, y: 0, width: 1920, height: 1080 },
  ]);
});

test('a property says what it holds, or that it is not there', () => {
  const reply = Buffer.alloc(32 + 12);
  reply[1] = 8;
  reply.writeUInt32LE(9, 16);
  reply.write('gl\0Game!\0', 32);
  expect(classOf(parseProperty(reply))).toBe('Game!');
  expect(atomsOf(parseProperty(reply))).toEqual([]);
  expect(parseProperty(Buffer.alloc(32))).toBeNull();
  expect(classOf(null)).toBeNull();
});
