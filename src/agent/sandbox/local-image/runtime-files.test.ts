import { expect, test } from 'vitest';
import { librariesOf } from './runtime-files.ts';

test('libraries and the loader are found in what ldd says', () => {
  const said = [
    '\tlinux-vdso.so.1 (0x00007f1389038000)',
    '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f1388d20000)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f138903a000)',
  ].join('\n');
  expect(librariesOf(said)).toEqual(['/lib/x86_64-linux-gnu/libm.so.6', '/lib64/ld-linux-x86-64.so.2']);
});
