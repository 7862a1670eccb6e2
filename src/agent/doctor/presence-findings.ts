import type { Finding } from '../../contract/model/doctor.ts';
import type { SensorReport } from '../../contract/model/presence.ts';
import type { DoctorInput } from './input.ts';

/** Signals as people say them. */
const WORDS: Readonly<Record<string, string>> = {
  input: 'keyboard and mouse',
  gamepad: 'gamepads',
  fullscreen: 'full screen programs',
  inhibitor: 'films and calls',
  session: 'lock and other users',
  gpu: 'GPU use by others',
  power: 'mains and battery',
  temperature: 'temperatures',
  draw: 'power draw',
  cpu: 'processor use by others',
  programs: 'named programs',
  metered: 'metered connections',
  sleep: 'sleep',
};
const wordOf = ({ signal }: SensorReport): string => WORDS[signal] ?? signal;

/** What Nightshift sees of its owner. What it cannot see counts as "do not run", so each of these is said. */
export function presenceFindings({ sensors, host }: DoctorInput): readonly Finding[] {
  const known = new Set(sensors.filter((each) => each.state !== 'absent').map(({ signal }) => signal));
  const distinct = (some: readonly SensorReport[]): string => [...new Set(some.map(wordOf))].join(', ');
  const seen = distinct(sensors.filter((each) => each.state === 'works'));
  const absent = distinct(sensors.filter((each) => !known.has(each.signal)));
  const group = 'presence';
  return [
    ...(seen === ''
      ? []
      : [{ id: 'seen', group, title: 'Your presence', level: 'good', detail: `Nightshift can tell: ${seen}.`, fix: null } as const]),
    ...sensors
      .filter((each) => each.state === 'unknown')
      .map((each): Finding => {
        const where = each.signal === 'input' && host.session !== null ? ` Here: ${host.session}.` : '';
        return {
          id: `unknown:${each.signal}:${each.source}`,
          group,
          title: `Unknown: ${wordOf(each)}`,
          level: 'missing',
          detail: `${each.detail}${where} Nothing starts by itself while this is unknown.`,
          fix: each.fix,
        };
      }),
    ...(absent === ''
      ? []
      : [{ id: 'absent', group, title: 'Not on this machine', level: 'unneeded', detail: `${capital(absent)}.`, fix: null } as const]),
  ];
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
