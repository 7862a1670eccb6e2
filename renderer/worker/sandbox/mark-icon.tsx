import { Icon, type IconName } from '../../ui/icon.tsx';
import type { Mark } from './probe-marks.ts';

const LOOK: Record<Mark, { readonly icon: IconName; readonly tone: string }> = {
  blocked: { icon: 'check', tone: 'text-good' },
  harmless: { icon: 'info', tone: 'text-accent' },
  through: { icon: 'alert', tone: 'text-bad' },
  untried: { icon: 'minus', tone: 'text-faint' },
};

export const markTone = (mark: Mark): string => LOOK[mark].tone;

/** Told apart by shape as well as by colour; its word stands beside it. `isFaint`: there is none of it. */
export function MarkIcon(props: { readonly mark: Mark; readonly isFaint?: boolean; readonly className?: string }) {
  const { mark, isFaint = false, className = 'size-4' } = props;
  return <Icon name={LOOK[mark].icon} className={`${className} ${isFaint ? 'text-faint' : LOOK[mark].tone}`} />;
}
