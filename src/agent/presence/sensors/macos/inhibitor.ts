import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import { asArray, asDictionary } from './core-foundation.ts';
import type { IoKit } from './iokit.ts';

export interface InhibitorApi extends Pick<IoKit, 'assertionsByProcess'> {
  ownPids(): ReadonlySet<number>;
}

const SOURCE = 'power assertions';
/** IOPMLib.h: kIOPMAssertPreventUserIdleDisplaySleep and its older name kIOPMAssertionTypeNoDisplaySleep. */
const DISPLAY_TYPES: ReadonlySet<unknown> = new Set(['PreventUserIdleDisplaySleep', 'NoDisplaySleepAssertion']);

/** Films, calls and presentations keep the display on. What keeps only the system awake (downloads, we ourselves) says nothing. */
export async function openMacInhibitor(_context: SensorContext, api: InhibitorApi): Promise<Sensor<'inhibitor'>> {
  return nativeSensor({
    signal: 'inhibitor',
    source: SOURCE,
    pace: 'brisk',
    fix: 'Install the system updates, then start Nightshift again.',
    read() {
      const own = api.ownPids();
      const holders = Object.entries(api.assertionsByProcess())
        .filter(([pid]) => !own.has(Number(pid)))
        .flatMap(([pid, assertions]) =>
          asArray(assertions)
            .map(asDictionary)
            .filter((each) => DISPLAY_TYPES.has(each.AssertType) && each.AssertLevel !== 0) // released ones may be listed with level 0
            .map((each) => ({
              who: textOr(each['Process Name'], `process ${pid}`),
              why: textOr(each.AssertName, 'keeps the display on'),
            })),
        );
      return { kind: 'known', value: holders, source: SOURCE };
    },
  });
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}
