import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logText } from './log-text.ts';

test('text in pieces of any size is the text, and each piece says where the next one starts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 4, max: 9 }), (text, pieceBytes) => {
      const log = Buffer.from(text);
      let out = '';
      for (let at = 0; at < log.length; ) {
        const piece = logText(log.subarray(at, at + pieceBytes), at + pieceBytes >= log.length);
        expect(piece).not.toBe('');
        out += piece;
        at += Buffer.byteLength(piece);
      }
      expect(out).toBe(log.toString());
    }),
    { seed: 1 },
  );
});

test('bytes that are no text keep their number', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(Buffer.byteLength(logText(Buffer.from(bytes), true))).toBe(bytes.length);
    }),
    { seed: 1 },
  );
  expect(logText(Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0xe2, 0x82]), true)).toBe('a?é??');
  expect(logText(Buffer.from([0x61, 0xe2, 0x82]), false)).toBe('a');
});
