import { Variant } from '@jellybrick/dbus-next';
import { expect, test, vi } from 'vitest';
import { startBus, startMock } from '../../testing/buses.ts';
import { openUPower } from './upower.ts';

const UPOWER = 'org.freedesktop.UPower';
const PATH = '/org/freedesktop/UPower';
const WAIT = { timeout: 15_000, interval: 50 };

test('a pulled plug and the charge are seen as they change', async () => {
  const bus = await startBus();
  const upower = await startMock(bus, { template: 'upower', name: UPOWER, parameters: { LidIsPresent: false } });
  let changes = 0;
  const context = {
    env: { DBUS_SYSTEM_BUS_ADDRESS: bus.address },
    monotonicMs: () => performance.now(),
    changed: () => void changes++,
    root: '/',
  };
  const sensor = await openUPower(context);
  expect(sensor?.read()).toEqual({ kind: 'known', source: 'UPower', value: { onAc: true, chargePercent: null, isLaptop: false } });

  const device = { Type: new Variant('u', 2), IsPresent: new Variant('b', true), Percentage: new Variant('d', 83) };
  await upower.update(`${PATH}/devices/DisplayDevice`, `${UPOWER}.Device`, device);
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ value: { onAc: true, chargePercent: 83, isLaptop: true } }), WAIT);
  await upower.update(PATH, UPOWER, { OnBattery: new Variant('b', true) });
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ value: { onAc: false } }), WAIT);
  expect(changes).toBe(2);

  await sensor?.close();
  await upower.stop();
  await bus.stop();
});

test('a machine without a system bus has no sensor', async () => {
  const context = { env: {}, monotonicMs: () => performance.now(), changed: () => undefined, root: '/nonexistent' };
  expect(await openUPower(context)).toBeNull();
});
