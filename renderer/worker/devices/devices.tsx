import { useLayoutEffect } from 'react';
import { useScreenPart } from '../screens.ts';
import { DeviceDetail } from './device-detail.tsx';
import { DeviceList } from './device-list.tsx';

/** What is in this machine; an address that names a device opens its details. */
export function Devices() {
  const part = useScreenPart();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another part begins at its top
  useLayoutEffect(() => {
    window.scrollTo(0, 0);
  }, [part]);
  return part === null || part === '' ? <DeviceList /> : <DeviceDetail key={part} deviceId={decodeURIComponent(part)} />;
}
