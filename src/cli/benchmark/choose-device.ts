import type { HardwareDevice } from '../../contract/model/device.ts';
import { ProblemError } from '../../contract/model/problem.ts';

/** The device that a word means: its id, the beginning of it, or a part of the name or place that no other has. Throws `not-found`, `invalid-request`. */
export function chooseDevice(devices: readonly HardwareDevice[], word: string): HardwareDevice {
  const exact = devices.find(({ id }) => id === word);
  if (exact !== undefined) return exact;
  const small = word.toLowerCase();
  const byId = devices.filter(({ id }) => id.startsWith(word));
  const meant = byId.length > 0 ? byId : devices.filter(({ name, place }) => `${name} ${place}`.toLowerCase().includes(small));
  const [only] = meant;
  if (only === undefined)
    throw new ProblemError('not-found', `This machine has no device "${word}".`, 'npx nightshift benchmark list shows them.');
  if (meant.length > 1) {
    const names = meant.map(({ id, name, place }) => `${id} (${name}, ${place})`).join('; ');
    throw new ProblemError('invalid-request', `"${word}" may be any of ${meant.length} devices.`, `Name one of them: ${names}`);
  }
  return only;
}
