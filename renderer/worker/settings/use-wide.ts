import { useSyncExternalStore } from 'react';

/** From here on 24 hours beside each other are at least 24 px wide, the smallest target of WCAG 2.5.8. */
const wide = window.matchMedia('(min-width: 960px)');

export const useWide = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      wide.addEventListener('change', changed);
      return () => wide.removeEventListener('change', changed);
    },
    () => wide.matches,
  );
