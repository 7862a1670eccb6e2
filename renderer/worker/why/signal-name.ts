import { t } from '../../ui/i18n/t.ts';

const KNOWN = [
  'input',
  'gamepad',
  'fullscreen',
  'inhibitor',
  'session',
  'gpu',
  'power',
  'temperature',
  'draw',
  'cpu',
  'programs',
  'metered',
  'sleep',
] as const;

/** The name of a signal for people; one that this page does not know yet keeps its own. */
export function signalName(signal: string): string {
  const known = KNOWN.find((one) => one === signal);
  return known === undefined ? signal : t(`signal.${known}`);
}
