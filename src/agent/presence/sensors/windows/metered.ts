import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { Iphlpapi } from './iphlpapi.ts';

const SOURCE = 'GetNetworkConnectivityHint';
/** nldef.h, NL_NETWORK_CONNECTIVITY_LEVEL_HINT: no connection. */
const LEVEL_NONE = 1;
/** nldef.h, NL_NETWORK_CONNECTIVITY_COST_HINT: unknown; not restricted. Fixed (a plan with a limit) and variable (by the byte) follow. */
const COST_UNKNOWN = 0;
const COST_UNRESTRICTED = 1;

export async function openWindowsMetered(_context: SensorContext, api: Iphlpapi): Promise<Sensor<'metered'>> {
  return nativeSensor({
    signal: 'metered',
    source: SOURCE,
    pace: 'calm',
    fix: 'Install the system updates, then start Nightshift again.',
    read() {
      const { level, cost, roaming } = api.connectivityHint();
      if (level === LEVEL_NONE) return { kind: 'known', value: false, source: SOURCE };
      if (cost === COST_UNKNOWN)
        return {
          kind: 'unknown',
          source: SOURCE,
          detail: 'Windows does not know whether your connection is paid by volume.',
          fix: 'Open Settings, Network & internet, and set "Metered connection" for your network.',
        };
      return { kind: 'known', value: roaming || cost !== COST_UNRESTRICTED, source: SOURCE };
    },
  });
}
