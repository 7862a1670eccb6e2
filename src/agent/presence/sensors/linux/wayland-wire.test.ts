import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeRequest, parseGlobal, takeEvents } from './wayland-wire.ts';

test('wl_registry.bind goes over the wire as libwayland sends it', () => {
  // Object 2, size 32, opcode 0; name 5, "wl_seat\0" (8 with its NUL), version 1, new id 4.
  expect(encodeRequest(2, 0, 5, 'wl_seat', 1, 4).toString('hex')).toBe(
    ['02000000', '00002000', '05000000', '08000000', Buffer.from('wl_seat\0').toString('hex'), '01000000', '04000000'].join(''),
  );
});

test('a global is read back whatever the length of its name', () => {
  fc.assert(
    fc.property(fc.nat(), fc.stringMatching(/^[a-z_0-9]{1,40}$/), fc.nat(), (name, interfaceName, version) => {
      const [event] = takeEvents(encodeRequest(2, 0, name, interfaceName, version)).events;
      expect(event && parseGlobal(event.body)).toEqual({ name, interfaceName, version });
    }),
  );
});

test('messages arrive whole and in order however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(99), fc.nat(9), fc.string({ maxLength: 30 })), { maxLength: 8 }), fc.nat(200), (sent, cut) => {
      const stream = Buffer.concat(sent.map(([object, opcode, text]) => encodeRequest(object, opcode, text)));
      const first = takeEvents(stream.subarray(0, cut));
      const second = takeEvents(Buffer.concat([first.rest, stream.subarray(cut)]));
      expect([...first.events, ...second.events].map(({ object, opcode }) => [object, opcode])).toEqual(sent.map(([o, op]) => [o, op]));
      expect(second.rest).toHaveLength(0);
    }),
  );
});
