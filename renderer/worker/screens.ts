import { type ComponentType, useSyncExternalStore } from 'react';
import type { MessageKey } from '../ui/i18n/t.ts';
import type { IconName } from '../ui/icon.tsx';
import { Earnings } from './earnings/earnings.tsx';
import { Now } from './now/now.tsx';

export interface Screen {
  readonly id: string;
  readonly label: MessageKey;
  readonly icon: IconName;
  readonly Content: ComponentType;
}

const now: Screen = { id: 'now', label: 'nav.now', icon: 'now', Content: Now };

/** In the order of the navigation; the first is the one an address without a screen opens. Addressed as `#/<id>`. */
export const screens: readonly Screen[] = [now, { id: 'earnings', label: 'nav.earnings', icon: 'earnings', Content: Earnings }];

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

export function useScreen(): Screen {
  const id = useSyncExternalStore(subscribe, () => window.location.hash.slice(2));
  return screens.find((screen) => screen.id === id) ?? now;
}
