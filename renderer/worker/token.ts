const STORAGE_KEY = 'nightshift.token';
const FRAGMENT = /^#token=([^&]+)/;

/**
 * The token of this tab. A token in the URL fragment (first open) moves to sessionStorage and leaves the address bar and
 * the history entry, so that it is neither shared with a copied address nor read over a shoulder.
 * @returns null when this tab was opened without one
 */
export function takeToken(page: Window): string | null {
  const found = FRAGMENT.exec(page.location.hash)?.[1];
  if (found === undefined) return page.sessionStorage.getItem(STORAGE_KEY);
  const token = decodeURIComponent(found);
  page.sessionStorage.setItem(STORAGE_KEY, token);
  page.history.replaceState(null, '', page.location.pathname + page.location.search);
  return token;
}

/** Whether the address holds a token now: someone opened a fresh address in a tab that is already running. */
export const hasTokenInAddress = (page: Window): boolean => FRAGMENT.test(page.location.hash);
