import { setTimeout as sleep } from 'node:timers/promises';
import type { Situation } from '../situation.ts';
import { CPU_CHIP, GPU_CHIP, type XDesktop } from '../x-desktop.ts';

/** A signal on the bus, and the questions that follow it, at most every 250 ms. */
const BUS_MS = 500;
/** Temperatures are read every 2 s, by a sensor that is asked every second. */
const HEAT_MS = 3_000;
const DRAW_MS = 2_000;
const WATT = 1_000_000;

/** Power, heat and the connection. */
export function machineSituations(at: () => XDesktop): readonly Situation[] {
  const upower = { how: 'a doubled UPower on a real bus', sensor: 'UPower', endSeenMs: BUS_MS } as const;
  const stop = { kind: 'stop', as: 'freeze', seenMs: BUS_MS } as const;
  const hwmon = { how: 'files in a made-up /sys', sensor: 'hwmon', endSeenMs: HEAT_MS } as const;
  const hot = { ...stop, cause: 'hot', seenMs: HEAT_MS } as const;
  const draw = (watts: number): void => at().machine.write(`${GPU_CHIP}/power1_average`, `${watts * WATT}\n`);
  const laptop = { 'presence.laptop': true };
  return [
    {
      ...upower,
      name: 'the plug of a laptop is pulled',
      duty: { ...stop, cause: 'on-battery' },
      settings: laptop,
      before: () => at().setPower({ kind: 'battery', percent: 90 }),
      begin: () => at().setPower({ kind: 'battery', percent: 90, onBattery: true }),
      end: () => at().setPower({ kind: 'battery', percent: 89 }),
    },
    {
      ...upower,
      name: 'a laptop charges from below the limit',
      duty: { ...stop, cause: 'battery-low' },
      settings: laptop,
      begin: () => at().setPower({ kind: 'battery', percent: 40 }),
      async meanwhile() {
        await at().setPower({ kind: 'battery', percent: 51 }); // over the limit, and not yet by 3%
        await sleep(2_000);
      },
      end: () => at().setPower({ kind: 'battery', percent: 60 }),
    },
    {
      ...upower,
      name: 'the mains fail, and the UPS takes over',
      duty: { ...stop, cause: 'on-battery' },
      before: () => at().setPower({ kind: 'ups' }),
      begin: () => at().setPower({ kind: 'ups', onBattery: true }),
      end: () => at().setPower({ kind: 'none' }),
    },
    {
      ...upower,
      name: 'the machine turns out to be a laptop',
      duty: { ...stop, cause: 'laptop' },
      begin: () => at().setPower({ lid: true }),
      end: () => at().setPower({ lid: false }),
    },
    {
      ...upower,
      name: 'the machine is a laptop that may work',
      duty: { kind: 'go on' },
      settings: laptop,
      begin: () => at().setPower({ lid: true }),
      end: () => at().setPower({ lid: false }),
    },
    {
      ...hwmon,
      name: 'the processor gets too hot, and cools slowly',
      duty: hot,
      begin: () => at().setCelsius(CPU_CHIP, 95),
      async meanwhile() {
        at().setCelsius(CPU_CHIP, 90); // below the limit, and not yet by 5 degrees
        await sleep(HEAT_MS + 500);
      },
      end: () => at().setCelsius(CPU_CHIP, 80),
    },
    {
      ...hwmon,
      name: 'the GPU gets too hot',
      duty: hot,
      begin: () => at().setCelsius(GPU_CHIP, 88),
      end: () => at().setCelsius(GPU_CHIP, 60),
    },
    {
      ...hwmon,
      name: 'a rig at which nobody sits gets too hot',
      duty: hot,
      settings: { 'presence.dedicated': true },
      begin: () => at().setCelsius(CPU_CHIP, 95),
      end: () => at().setCelsius(CPU_CHIP, 45),
    },
    {
      ...hwmon,
      name: 'the processor no longer tells its temperature',
      duty: { ...hot, cause: 'temperature-unknown' },
      begin: () => at().setCelsius(CPU_CHIP, null),
      end: () => at().setCelsius(CPU_CHIP, 45),
    },
    {
      name: 'the machine draws more than it may',
      how: 'files in a made-up /sys',
      sensor: 'powercap',
      duty: { ...stop, cause: 'power-draw', seenMs: DRAW_MS },
      settings: { 'power.maxDrawWatts': 100 },
      begin: () => draw(150),
      async meanwhile() {
        draw(98); // below the limit, and not yet by 5%
        await sleep(DRAW_MS);
      },
      end: () => draw(30),
      endSeenMs: DRAW_MS,
    },
    {
      name: 'a phone becomes the connection',
      how: 'a doubled NetworkManager on a real bus',
      sensor: 'NetworkManager',
      duty: { ...stop, cause: 'metered' },
      begin: () => at().setMetered('yes'),
      end: () => at().setMetered('no'),
      endSeenMs: BUS_MS,
    },
    {
      name: 'a phone becomes the connection, which is not to count',
      how: 'a doubled NetworkManager on a real bus',
      sensor: 'NetworkManager',
      duty: { kind: 'go on' },
      settings: { 'network.onMetered': true },
      begin: () => at().setMetered('yes'),
      end: () => at().setMetered('no'),
    },
  ];
}
