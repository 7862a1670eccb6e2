/** What is typed into or chosen from. */
export const fieldClass =
  'h-9 rounded-lg border border-line-strong bg-canvas px-3 text-ink placeholder:text-faint read-only:cursor-not-allowed aria-disabled:opacity-55 aria-invalid:border-bad';
