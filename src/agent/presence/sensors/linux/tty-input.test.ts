import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../../../../lib/testing/temp-folder.ts';
import { openTtyInput } from './tty-input.ts';

/** 2027-01-15 08:00:00 UTC: a multiple of 8 s, where a block of the kernel's begins. */
const START_S = 1_800_000_000;

function machine() {
  const root = tempFolder();
  const clock = { monotonicMs: 50_000, wallMs: START_S * 1_000 };
  mkdirSync(join(root, 'dev/pts'), { recursive: true });
  mkdirSync(join(root, 'sys/class/tty/tty0'), { recursive: true });
  return {
    root,
    clock,
    typed(name: string, seconds: number) {
      writeFileSync(join(root, 'dev', name), '');
      utimesSync(join(root, 'dev', name), seconds, seconds);
    },
    open: () => openTtyInput({ env: {}, monotonicMs: () => clock.monotonicMs, changed: () => undefined, root }, () => clock.wallMs),
    pass(ms: number) {
      clock.monotonicMs += ms;
      clock.wallMs += ms;
    },
  };
}

describe.skipIf(process.platform !== 'linux')('typing on terminals', () => {
  test('is what was read last from any of them, taken as late as the kernel may have meant', async () => {
    const made = machine();
    made.typed('pts/0', START_S - 7_200);
    made.typed('pts/3', START_S - 600);
    made.typed('tty2', START_S - 3_600);
    made.typed('tty0', START_S);
    made.typed('ttyS0', START_S);
    const sensor = await made.open();
    expect(sensor?.read()).toEqual({ kind: 'known', value: { idleMs: 592_000 }, source: 'terminals' });
  });

  test('counts from now while the kernel would hide another key press', async () => {
    const made = machine();
    made.typed('pts/0', START_S - 600);
    const sensor = await made.open();
    sensor?.read();
    made.typed('pts/0', START_S);
    made.pass(7_900);
    expect(sensor?.read()).toMatchObject({ value: { idleMs: 0 } });
    made.pass(60_000);
    expect(sensor?.read()).toMatchObject({ value: { idleMs: 60_000 } });
  });

  test('is noticed on the console that is shown between two searches', async () => {
    const made = machine();
    writeFileSync(join(made.root, 'sys/class/tty/tty0/active'), 'tty2\n');
    made.typed('tty1', START_S - 600);
    made.typed('tty2', START_S - 600);
    const sensor = await made.open();
    sensor?.read();
    made.pass(16);
    made.typed('tty2', START_S);
    expect(sensor?.read()).toMatchObject({ value: { idleMs: 0 } });
  });

  test('is not undone by a clock that is set back or ahead', async () => {
    const made = machine();
    made.typed('pts/0', START_S + 86_400);
    const sensor = await made.open();
    expect(sensor?.read()).toMatchObject({ value: { idleMs: 0 } });
    made.pass(30_000);
    expect(sensor?.read()).toMatchObject({ value: { idleMs: 30_000 } });
    made.clock.wallMs += 10 * 86_400_000;
    made.pass(1_000);
    expect(sensor?.read()).toMatchObject({ value: { idleMs: 31_000 } });
  });

  test('is absent while no terminal is open, and noticed when one is', async () => {
    const made = machine();
    const sensor = await made.open();
    expect(sensor?.read().kind).toBe('absent');
    made.typed('pts/0', START_S);
    made.pass(1_000);
    expect(sensor?.read()).toMatchObject({ kind: 'known', value: { idleMs: 0 } });
  });

  test('does not apply where there are no terminals at all', async () => {
    const made = machine();
    rmSync(join(made.root, 'dev'), { recursive: true });
    expect(await made.open()).toBeNull();
  });

  test('is read from the terminals of this very machine', async () => {
    const sensor = await openTtyInput({ env: {}, monotonicMs: () => performance.now(), changed: () => undefined, root: '/' }, () =>
      Date.now(),
    );
    const reading = sensor?.read();
    if (reading?.kind === 'known') expect(reading.value.idleMs).toBeGreaterThanOrEqual(0);
    else expect(reading?.kind ?? 'absent').toBe('absent');
    await sensor?.close();
  });
});
