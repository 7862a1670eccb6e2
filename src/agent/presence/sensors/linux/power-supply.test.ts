import { beforeEach, describe, expect, test } from 'vitest';
import { openPowerSupply } from './power-supply.ts';
import { madeMachine } from './testing/made-machine.ts';

const AC = 'sys/class/power_supply/AC';
const BAT0 = 'sys/class/power_supply/BAT0';
const BAT1 = 'sys/class/power_supply/BAT1';

describe.skipIf(process.platform !== 'linux')('power supply', () => {
  let machine = madeMachine();
  beforeEach(() => {
    machine = madeMachine();
    machine.folder('sys/class/power_supply');
  });
  const read = async () => (await openPowerSupply(machine.context))?.read();
  const battery = (path: string, files: Readonly<Record<string, string | number>>) =>
    machine.writeAll(path, { type: 'Battery', present: 1, status: 'Full', capacity: 100, ...files });

  test('a desktop without any is absent', async () => {
    expect((await read())?.kind).toBe('absent');
  });

  test('a laptop at its plug, then without it', async () => {
    machine.write('sys/class/dmi/id/chassis_type', '10\n');
    machine.writeAll(AC, { type: 'Mains', online: 1 });
    battery(BAT0, { status: 'Charging', capacity: 81 });
    const sensor = await openPowerSupply(machine.context);
    expect(sensor?.read()).toMatchObject({ value: { onAc: true, chargePercent: 81, isLaptop: true } });
    machine.writeAll(AC, { online: 0 });
    machine.writeAll(BAT0, { status: 'Discharging', capacity: 80 });
    machine.pass(2_000);
    expect(sensor?.read()).toMatchObject({ value: { onAc: false, chargePercent: 80, isLaptop: true } });
  });

  test('the battery of a mouse says nothing about the machine', async () => {
    battery('sys/class/power_supply/hidpp_battery_0', { scope: 'Device', status: 'Discharging', capacity: 12 });
    expect((await read())?.kind).toBe('absent');
  });

  test('two batteries are one, weighed by what they hold', async () => {
    battery(BAT0, { status: 'Discharging', capacity: 100, energy_full: 20_000_000 });
    battery(BAT1, { status: 'Not charging', capacity: 25, energy_full: 60_000_000 });
    expect(await read()).toMatchObject({ value: { onAc: false, chargePercent: 44, isLaptop: true } });
  });

  test('without a plug entry the battery tells where the power comes from', async () => {
    battery(BAT0, { status: 'Not charging', capacity: 79 });
    expect(await read()).toMatchObject({ value: { onAc: true, chargePercent: 79 } });
  });

  test('any of several plugs will do', async () => {
    machine.writeAll(AC, { type: 'Mains', online: 0 });
    machine.writeAll('sys/class/power_supply/ucsi-source-psy-USBC000:001', { type: 'USB', online: 1 });
    battery(BAT0, {});
    expect(await read()).toMatchObject({ value: { onAc: true } });
  });

  test('a desktop on its UPS is not on mains, and no laptop', async () => {
    machine.write('sys/class/dmi/id/chassis_type', '3\n');
    machine.writeAll('sys/class/power_supply/ups', { type: 'UPS', status: 'Discharging', capacity: 64 });
    expect(await read()).toMatchObject({ value: { onAc: false, chargePercent: 64, isLaptop: false } });
  });

  test('a battery that does not say what it does is unknown, and known again when it does', async () => {
    battery(BAT0, { status: 'Unknown' });
    const sensor = await openPowerSupply(machine.context);
    expect(sensor?.read()).toMatchObject({ kind: 'unknown', fix: expect.any(String) });
    machine.writeAll(BAT0, { status: 'Full' });
    machine.pass(10_000);
    expect(sensor?.read()).toMatchObject({ kind: 'known', value: { onAc: true } });
  });

  test('an empty bay is no battery', async () => {
    battery(BAT0, { present: 0 });
    expect((await read())?.kind).toBe('absent');
  });

  test('a kernel without power supplies has no such source', async () => {
    machine.remove('sys/class/power_supply');
    expect(await openPowerSupply(machine.context)).toBeNull();
  });
});
