import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openPowerDraw } from './power-draw.ts';
import { asNobody } from './testing/as-nobody.ts';
import { madeMachine } from './testing/made-machine.ts';

const PACKAGE = 'sys/class/powercap/intel-rapl:0';

describe.skipIf(process.platform !== 'linux')('power draw', () => {
  let machine = madeMachine();
  beforeEach(() => {
    machine = madeMachine();
  });
  const open = async () => {
    const sensor = await openPowerDraw(machine.context);
    if (sensor === null) throw new Error('the source does not apply');
    return sensor;
  };
  const rapl = (folder: string, name: string, energy: number) =>
    machine.writeAll(folder, { name, energy_uj: energy, max_energy_range_uj: 262_143_328_850 });

  test('is what packages and GPUs drew over the last second, each counted once', async () => {
    rapl(PACKAGE, 'package-0', 1_000_000);
    rapl('sys/class/powercap/intel-rapl:0:0', 'core', 900_000);
    rapl('sys/class/powercap/intel-rapl:1', 'package-1', 5_000_000);
    rapl('sys/class/powercap/intel-rapl:2', 'psys', 9_000_000);
    machine.writeAll('sys/class/hwmon/hwmon3', { name: 'amdgpu', power1_average: 40_000_000 });
    const sensor = await open();
    expect(sensor.read()).toMatchObject({ kind: 'unknown', fix: null });
    machine.pass(2_000);
    rapl(PACKAGE, 'package-0', 31_000_000);
    rapl('sys/class/powercap/intel-rapl:1', 'package-1', 25_000_000);
    rapl('sys/class/powercap/intel-rapl:2', 'psys', 99_000_000);
    expect(sensor.read()).toEqual({ kind: 'known', source: 'powercap', value: { watts: 15 + 10 + 40 } });
    await sensor.close();
  });

  test('holds over a counter that starts again', async () => {
    rapl(PACKAGE, 'package-0', 262_143_328_850 - 10_000_000);
    const sensor = await open();
    machine.pass(1_000);
    rapl(PACKAGE, 'package-0', 20_000_000);
    expect(sensor.read()).toMatchObject({ value: { watts: 30 } });
    await sensor.close();
  });

  test('is measured anew after a long sleep', async () => {
    rapl(PACKAGE, 'package-0', 1_000_000);
    const sensor = await open();
    machine.pass(3_600_000);
    rapl(PACKAGE, 'package-0', 2_000_000);
    expect(sensor.read().kind).toBe('unknown');
    machine.pass(1_000);
    rapl(PACKAGE, 'package-0', 12_000_000);
    expect(sensor.read()).toMatchObject({ value: { watts: 10 } });
    await sensor.close();
  });

  test('is unknown with its fix where it may not be read, and known once it may', async () => {
    rapl(PACKAGE, 'package-0', 1_000_000);
    const path = join(machine.root, PACKAGE, 'energy_uj');
    chmodSync(path, process.getuid?.() === 0 ? 0o600 : 0);
    const sensor = await asNobody(() => openPowerDraw(machine.context));
    machine.pass(1_000);
    expect(asNobody(() => sensor?.read())).toMatchObject({ kind: 'unknown', fix: expect.stringContaining('energy_uj') });
    chmodSync(path, 0o644);
    for (const energy of [2_000_000, 7_000_000]) {
      machine.pass(1_000);
      rapl(PACKAGE, 'package-0', energy);
      asNobody(() => sensor?.read());
    }
    expect(asNobody(() => sensor?.read())).toMatchObject({ value: { watts: 5 } });
    await sensor?.close();
  });

  test('of a GPU that sleeps is nothing', async () => {
    machine.writeAll('sys/class/hwmon/hwmon0', { name: 'amdgpu', power1_input: 7_000_000, 'device/power/runtime_status': 'suspended' });
    expect((await open()).read()).toMatchObject({ value: { watts: 0 } });
  });

  test('has no source where nothing measures it', async () => {
    expect(await openPowerDraw(machine.context)).toBeNull();
  });
});
