import type { HardwareDevice } from '../../contract/model/device.ts';
import { ProblemError } from '../../contract/model/problem.ts';

const PREFIX = 'dev_';
/** So short that people can type it, so long that it seldom becomes ambiguous with the next device. */
const LEAST_LENGTH = PREFIX.length + 6;

/** The device whose id begins with what was written, with or without `dev_`; else the one that has it in its name or place. Throws `not-found`, and `invalid-request` where several do. */
export function findDevice(devices: readonly HardwareDevice[], written: string): HardwareDevice {
  const text = written.toLowerCase();
  const exact = devices.filter(({ id }) => id === text);
  const byId = devices.filter(({ id }) => id.startsWith(text) || id.startsWith(`${PREFIX}${text}`));
  const byWords = devices.filter(({ name, place }) => `${name} ${place}`.toLowerCase().includes(text));
  const matching = text === '' ? [] : ([exact, byId, byWords].find((some) => some.length > 0) ?? []);
  const [only, another] = matching;
  if (only === undefined)
    throw new ProblemError('not-found', `There is no device ${written} in this machine.`, 'See them all: npx nightshift devices list');
  if (another !== undefined)
    throw new ProblemError(
      'invalid-request',
      `${written} may be ${matching.map(({ id, name, place }) => `${shortId(devices, id)} (${name}, ${place})`).join(' or ')}.`,
      'Name one of them by its id.',
    );
  return only;
}

/** The shortest beginning of an id that no other device has. */
export function shortId(devices: readonly HardwareDevice[], id: string): string {
  let length = Math.min(LEAST_LENGTH, id.length);
  while (length < id.length && devices.some((other) => other.id !== id && other.id.startsWith(id.slice(0, length)))) length++;
  return id.slice(0, length);
}
