import { beforeEach, describe, expect, test } from 'vitest';
import { madeMachine } from './testing/made-machine.ts';
import { openThermal } from './thermal.ts';

describe.skipIf(process.platform !== 'linux')('temperatures', () => {
  let machine = madeMachine();
  beforeEach(() => {
    machine = madeMachine();
  });
  const open = async () => {
    const sensor = await openThermal(machine.context);
    if (sensor === null) throw new Error('the source does not apply');
    return sensor;
  };
  const chip = (number: number, files: Readonly<Record<string, string | number>>) =>
    machine.writeAll(`sys/class/hwmon/hwmon${number}`, files);

  test('of processor, GPU and disk, each with where it becomes critical', async () => {
    chip(0, { name: 'coretemp', temp1_label: 'Package id 0', temp1_input: 47_000, temp1_crit: 100_000 });
    chip(1, { name: 'amdgpu', temp1_label: 'edge', temp1_input: 51_000, temp1_crit: 0 });
    chip(2, { name: 'nvme', temp1_label: 'Composite', temp1_input: 38_850, temp1_crit: 84_850 });
    expect((await open()).read()).toEqual({
      kind: 'known',
      source: 'hwmon',
      value: [
        { place: 'coretemp Package id 0', part: 'cpu', celsius: 47, criticalC: 100 },
        { place: 'amdgpu edge', part: 'gpu', celsius: 51, criticalC: null },
        { place: 'nvme Composite', part: 'other', celsius: 38.85, criticalC: 84.85 },
      ],
    });
  });

  test('that are read anew', async () => {
    chip(0, { name: 'k10temp', temp1_label: 'Tctl', temp1_input: 60_000 });
    const sensor = await open();
    sensor.read();
    chip(0, { temp1_input: 91_250 });
    machine.pass(2_000);
    expect(sensor.read()).toMatchObject({ value: [{ celsius: 91.25 }] });
    await sensor.close();
  });

  test('of the die, not of the number that drives the fans', async () => {
    chip(0, { name: 'k10temp', temp1_label: 'Tctl', temp1_input: 87_000, temp2_label: 'Tdie', temp2_input: 60_000 });
    expect((await open()).read()).toMatchObject({ value: [{ place: 'k10temp Tdie', celsius: 60 }] });
  });

  test('from sensors that are connected only', async () => {
    chip(0, { name: 'nct6775', temp1_input: -62_000, temp2_input: 0, temp3_input: 255_000, temp4_input: 33_000 });
    expect((await open()).read()).toMatchObject({ value: [{ place: 'nct6775 temp4', part: 'other', celsius: 33 }] });
  });

  test('from the thermal zones where no chip speaks for the processor', async () => {
    chip(0, { name: 'nvme', temp1_input: 40_000 });
    machine.writeAll('sys/class/thermal/thermal_zone0', { type: 'acpitz', temp: 27_800 });
    machine.writeAll('sys/class/thermal/thermal_zone1', {
      type: 'x86_pkg_temp',
      temp: 55_000,
      trip_point_0_type: 'passive',
      trip_point_0_temp: 90_000,
      trip_point_1_type: 'critical',
      trip_point_1_temp: 105_000,
    });
    expect((await open()).read()).toMatchObject({
      value: [{ part: 'other' }, { place: 'x86_pkg_temp', part: 'cpu', celsius: 55, criticalC: 105 }],
    });
  });

  test('are unknown when a processor falls silent, and known when it speaks again', async () => {
    chip(0, { name: 'coretemp', temp1_label: 'Package id 0', temp1_input: 47_000 });
    const sensor = await open();
    sensor.read();
    chip(0, { temp1_input: 'N/A' });
    machine.pass(2_000);
    expect(sensor.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('Package id 0'), fix: expect.any(String) });
    chip(0, { temp1_input: 48_000 });
    machine.pass(2_000);
    expect(sensor.read()).toMatchObject({ kind: 'known', value: [{ celsius: 48 }] });
    await sensor.close();
  });

  test('of a GPU that sleeps are not asked for', async () => {
    chip(0, { name: 'coretemp', temp1_input: 47_000 });
    chip(1, { name: 'amdgpu', temp1_label: 'edge', temp1_input: 40_000, 'device/power/runtime_status': 'active' });
    const sensor = await open();
    expect(sensor.read()).toMatchObject({ value: [{ part: 'cpu' }, { part: 'gpu' }] });
    machine.write('sys/class/hwmon/hwmon1/device/power/runtime_status', 'suspended\n');
    machine.pass(2_000);
    expect(sensor.read()).toMatchObject({ kind: 'known', value: [{ part: 'cpu' }] });
    await sensor.close();
  });

  test('of a GPU that was unplugged are no longer missed', async () => {
    chip(0, { name: 'coretemp', temp1_input: 47_000 });
    chip(1, { name: 'amdgpu', temp1_input: 40_000 });
    const sensor = await open();
    sensor.read();
    machine.remove('sys/class/hwmon/hwmon1');
    machine.pass(2_000);
    sensor.read();
    machine.pass(2_000);
    expect(sensor.read()).toMatchObject({ kind: 'known', value: [{ part: 'cpu' }] });
    await sensor.close();
  });

  test('are absent where nothing is measured', async () => {
    machine.folder('sys/class/thermal');
    expect((await open()).read().kind).toBe('absent');
  });

  test('have no source in a kernel that cannot measure', async () => {
    expect(await openThermal(machine.context)).toBeNull();
  });
});
