/** How much of a whole, as a bar; decorative, because the share stands beside it in figures. More than the whole fills it. */
export function Meter({ share, tone = 'bg-accent' }: { readonly share: number; readonly tone?: string }) {
  return (
    <span aria-hidden="true" className="block h-1.5 w-full overflow-hidden rounded-full bg-raised forced-colors:border">
      <span data-fill className={`block h-full rounded-full ${tone}`} style={{ width: `${100 * Math.min(1, Math.max(0, share))}%` }} />
    </span>
  );
}
