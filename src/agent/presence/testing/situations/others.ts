import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsoleMachine } from '../console-machine.ts';
import type { Situation } from '../situation.ts';
import type { WaylandDesktop } from '../wayland-desktop.ts';

/** Power supplies are read every 2 s, by a sensor that is asked every second. */
const SUPPLY_MS = 3_000;
/** Desktops are looked for every 5 s, by a sensor that is asked every second. */
const DESKTOP_MS = 6_000;
const BLOCK_MS = 8_000;
const BUS_MS = 500;
/** A shell that answers wrongly, because it has only begun, is asked again after 5 s. */
const SHELL_AGAIN_MS = 6_000;
/** Column "RefCount Protocol Flags Type St Inode Path" of proc_net_unix. */
const X_SOCKET = '0000000000000000: 00000002 00000000 00010000 0001 01 12345 @/tmp/.X11-unix/X0\n';

/** A machine without a desktop. */
export function consoleSituations(at: () => ConsoleMachine): readonly Situation[] {
  const stop = { kind: 'stop', as: 'freeze' } as const;
  const supply = (name: string, files: Readonly<Record<string, string | number>>): void =>
    at().machine.writeAll(`sys/class/power_supply/${name}`, files);
  return [
    {
      name: 'somebody types on a console',
      how: 'the access time of a made-up terminal',
      sensor: 'terminals',
      duty: { ...stop, cause: 'owner-active', seenMs: 250 },
      begin: () => at().type(),
      meanwhile: 'once',
      endSeenMs: BLOCK_MS,
    },
    {
      name: 'a machine without UPower loses its mains',
      how: 'files in a made-up /sys',
      sensor: 'power_supply',
      duty: { ...stop, cause: 'on-battery', seenMs: SUPPLY_MS },
      begin: () => supply('AC', { online: 0 }),
      end: () => supply('AC', { online: 1 }),
      endSeenMs: SUPPLY_MS,
    },
    {
      name: 'a desktop starts where Nightshift cannot see into it',
      how: 'a line in a made-up /proc/net/unix',
      sensor: 'desktop',
      duty: { ...stop, cause: 'input-unknown', seenMs: DESKTOP_MS },
      begin: () => at().machine.write('proc/net/unix', X_SOCKET),
      end: () => at().machine.write('proc/net/unix', ''),
      endSeenMs: DESKTOP_MS,
    },
  ];
}

/** GNOME on Wayland. */
export function waylandSituations(at: () => WaylandDesktop): readonly Situation[] {
  const stop = { kind: 'stop', as: 'freeze', seenMs: BUS_MS } as const;
  return [
    {
      name: 'the owner comes back to GNOME on Wayland',
      how: 'the idle monitor of a doubled GNOME Shell on a real bus',
      sensor: 'Mutter',
      duty: { ...stop, cause: 'owner-active' },
      begin: () => at().ownerActs(),
      meanwhile: 'once',
    },
    {
      name: 'a film plays under GNOME on Wayland, and nobody touches anything',
      how: 'inhibitor of a doubled GNOME session manager on a real bus',
      sensor: 'Mutter, inhibitors',
      duty: { ...stop, cause: 'inhibited' },
      begin: () => at().gnome.runs('film'),
      meanwhile: () => sleep(3_000),
      end: () => at().gnome.runs('download'),
      endSeenMs: BUS_MS,
    },
    {
      name: 'GNOME Shell ends, and is started again',
      how: 'a doubled GNOME Shell that ends and starts on a real bus',
      sensor: 'Mutter',
      duty: { ...stop, cause: 'input-unknown' },
      begin: () => at().stopShell(),
      end: () => at().startShell(),
      endSeenMs: SHELL_AGAIN_MS,
    },
  ];
}
