/** Shared by every dialog: the scrim fades, the popup is one step above the page. */
export const scrimClass =
  'fixed inset-0 bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0';
export const popupClass = 'border border-line bg-surface text-ink shadow-float outline-none';
