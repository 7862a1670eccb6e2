import { useSyncExternalStore } from 'react';

export const appearances = ['auto', 'light', 'dark'] as const;
export type Appearance = (typeof appearances)[number];

const STORAGE_KEY = 'nightshift.appearance';
const listeners = new Set<() => void>();

const read = (): Appearance => appearances.find((one) => one === localStorage.getItem(STORAGE_KEY)) ?? 'auto';

/** Puts the stored choice on the page: once before the first render, and after each change. */
export function applyAppearance(): void {
  const chosen = read();
  if (chosen === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

export function setAppearance(chosen: Appearance): void {
  localStorage.setItem(STORAGE_KEY, chosen);
  applyAppearance();
  for (const changed of listeners) changed();
}

export const useAppearance = (): Appearance =>
  useSyncExternalStore((changed) => {
    listeners.add(changed);
    return () => listeners.delete(changed);
  }, read);
