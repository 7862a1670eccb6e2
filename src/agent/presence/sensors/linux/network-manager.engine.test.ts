import { Variant } from '@jellybrick/dbus-next';
import { expect, test, vi } from 'vitest';
import { startBus, startMock } from '../../testing/buses.ts';
import { openNetworkManager } from './network-manager.ts';

const NAME = 'org.freedesktop.NetworkManager';
const PATH = '/org/freedesktop/NetworkManager';
const WAIT = { timeout: 15_000, interval: 50 };

test('a phone that becomes the connection is seen as metered', async () => {
  const bus = await startBus();
  const manager = await startMock(bus, { template: 'networkmanager', name: NAME });
  await manager.mock(PATH, 'AddProperty', 'ssv', [NAME, 'Metered', new Variant('u', 4)]);
  const context = {
    env: { DBUS_SYSTEM_BUS_ADDRESS: bus.address },
    monotonicMs: () => performance.now(),
    changed: () => undefined,
    root: '/',
  };
  const sensor = await openNetworkManager(context);
  expect(sensor?.read()).toMatchObject({ kind: 'known', value: false });
  await manager.update(PATH, NAME, { Metered: new Variant('u', 3) });
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ kind: 'known', value: true }), WAIT);
  await manager.update(PATH, NAME, { Metered: new Variant('u', 0) });
  await vi.waitFor(() => expect(sensor?.read()).toMatchObject({ kind: 'absent' }), WAIT);
  await sensor?.close();
  await manager.stop();
  await bus.stop();
});
