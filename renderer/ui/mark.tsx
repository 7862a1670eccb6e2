/** Nightshift's mark: a crescent over the bar it lights. Decorative wherever the name stands beside it. */
export function Mark({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 24 24" className={className} aria-hidden="true">
      <path d="M16.6 13.2A7.6 7.6 0 0 1 9.4 1.8a7.9 7.9 0 1 0 10.7 10.2 7.6 7.6 0 0 1-3.5 1.2Z" fill="var(--color-moon)" />
      <rect x="4" y="20.4" width="16" height="2.2" rx="1.1" fill="var(--color-accent)" />
    </svg>
  );
}
