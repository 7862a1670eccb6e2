import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { openLinuxSensors } from '../sensors/linux/linux.ts';
import { type MadeMachine, madeMachine } from '../sensors/linux/testing/made-machine.ts';
import { type Desk, openDesk } from './desk.ts';

/** A machine without a desktop or any bus: all that is known of it stands in files. */
export interface ConsoleMachine extends AsyncDisposable {
  readonly desk: Desk;
  readonly machine: MadeMachine;
  type(): void;
}

/** An hour before the test. */
const LONG_AGO_MS = 3_600_000;

export async function openConsoleMachine(): Promise<ConsoleMachine> {
  const machine = madeMachine();
  machine.write('proc/net/unix', '');
  machine.writeAll('sys/class/power_supply/AC', { type: 'Mains', online: 1 });
  machine.writeAll('sys/class/tty/tty0', { active: 'tty1' });
  machine.write('dev/tty1', '');
  const tty = join(machine.root, 'dev/tty1');
  const touch = (ms: number): void => utimesSync(tty, ms / 1_000, ms / 1_000);
  touch(Date.now() - LONG_AGO_MS);
  const desk = await openDesk((deps) => openLinuxSensors({ ...deps, env: {}, root: machine.root }));
  return { desk, machine, type: () => touch(desk.clock.nowMs()), [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose]() };
}
