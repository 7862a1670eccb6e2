import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFrameParser } from './log-frames.ts';

function frame(stream: 1 | 2, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

test('payloads come out whole and in order however the frames are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(1 as const, 2 as const), fc.uint8Array({ maxLength: 40 }))),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
      (frames, cuts) => {
        const wire = Buffer.concat(frames.map(([stream, payload]) => frame(stream, payload)));
        const parse = createFrameParser();
        const got: Buffer[] = [];
        for (let at = 0, i = 0; at < wire.length; i++) {
          const length = cuts[i % cuts.length] ?? 1;
          got.push(parse(wire.subarray(at, at + length)));
          at += length;
        }
        expect(Buffer.concat(got)).toEqual(Buffer.concat(frames.map(([, payload]) => payload)));
      },
    ),
  );
});
