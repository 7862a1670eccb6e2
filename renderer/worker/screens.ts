import { type ComponentType, useSyncExternalStore } from 'react';
import type { MessageKey } from '../ui/i18n/t.ts';
import type { IconName } from '../ui/icon.tsx';

export interface Screen {
  readonly id: string;
  readonly label: MessageKey;
  readonly icon: IconName;
  /** Its files are fetched apart, so that the first sight of the app does not wait for all of it. */
  readonly fetch: () => Promise<ComponentType>;
}

const now: Screen = { id: 'now', label: 'nav.now', icon: 'now', fetch: async () => (await import('./now/now.tsx')).Now };

/** In the order of the navigation; the first is the one an address without a screen opens. Addressed as `#/<id>`, a part of it as `#/<id>/<part>`. */
export const screens: readonly Screen[] = [
  now,
  { id: 'devices', label: 'nav.devices', icon: 'devices', fetch: async () => (await import('./devices/devices.tsx')).Devices },
  { id: 'why', label: 'nav.why', icon: 'why', fetch: async () => (await import('./why/why.tsx')).Why },
  { id: 'earnings', label: 'nav.earnings', icon: 'earnings', fetch: async () => (await import('./earnings/earnings.tsx')).Earnings },
  { id: 'yields', label: 'nav.yields', icon: 'yields', fetch: async () => (await import('./yields/yields.tsx')).Yields },
  { id: 'sandbox', label: 'nav.sandbox', icon: 'sandbox', fetch: async () => (await import('./sandbox/sandbox.tsx')).Sandbox },
  { id: 'settings', label: 'nav.settings', icon: 'settings', fetch: async () => (await import('./settings/settings.tsx')).Settings },
];

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

const useAddress = (): string => useSyncExternalStore(subscribe, () => window.location.hash.slice(2));

export function useScreen(): Screen {
  const id = useAddress().split('/')[0];
  return screens.find((screen) => screen.id === id) ?? now;
}

/** Which part of the screen the address names; null: none. */
export const useScreenPart = (): string | null => useAddress().split('/')[1] ?? null;
