import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import { t } from '../../ui/i18n/t.ts';

type PciLink = NonNullable<HardwareDevice['link']>['value'];

const generationText = (generation: number | null): string => (generation === null ? '?' : `${generation}.0`);
const lanesText = (width: number | null): string => (width === null ? '×?' : `×${width}`);
const text = (generation: number | null, width: number | null): string =>
  t('fact.link', { generation: generationText(generation), lanes: lanesText(width) });

/** What the link can do: cards slow it down while idle, so its generation of this moment says little; its lanes stay. */
export const linkText = ({ generation, width, maxGeneration }: PciLink): string => text(maxGeneration ?? generation, width);

/** This moment's, and the most that card and slot could do together where that is more. */
export function linkNowText({ generation, width, maxGeneration, maxWidth }: PciLink): string {
  const now = text(generation, width);
  const most = text(maxGeneration, maxWidth);
  return now === most || (maxGeneration === null && maxWidth === null) ? now : t('facts.link.of', { now, most });
}

/** Why a link is less than it could be, in plain words, where there is something to say. */
export function linkNote({ generation, width, maxGeneration, maxWidth }: PciLink): string | null {
  if (width === 1 && maxWidth !== 1) return t('facts.link.riser');
  if (generation !== null && maxGeneration !== null && generation < maxGeneration) return t('facts.link.rests');
  return null;
}
