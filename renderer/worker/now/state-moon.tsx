import type { Headline } from './headline.ts';

/** The lit part of the moon for each state, drawn on a disc of radius 16: fuller is better. */
const LIT: Record<Headline['kind'], string | null> = {
  earning: 'M20 4a16 16 0 1 1 0 32a16 16 0 1 1 0-32Z',
  gentle: 'M20 4a16 16 0 0 1 0 32a8 16 0 0 1 0-32Z',
  frozen: 'M20 4a16 16 0 0 1 0 32Z',
  'given-back': 'M20 4a16 16 0 0 1 0 32a24 24 0 0 0 0-32Z',
  waiting: 'M20 4a16 16 0 0 1 0 32a24 24 0 0 0 0-32Z',
  paused: 'M20 4a16 16 0 0 1 0 32Z',
  attention: 'M20 4a16 16 0 0 1 0 32a24 24 0 0 0 0-32Z',
  offline: null,
};

/** The state as a phase of the moon; full while earning. Decorative: the headline beside it says the same in words. */
export function StateMoon({ kind, tone }: { readonly kind: Headline['kind']; readonly tone: string }) {
  const lit = LIT[kind];
  return (
    <svg viewBox="0 0 40 40" className={`mt-1 size-11 shrink-0 ${tone}`} aria-hidden="true">
      {kind === 'earning' && <circle cx="20" cy="20" r="19" fill="currentColor" className="animate-breathe opacity-15" />}
      <circle cx="20" cy="20" r="15.25" fill="var(--color-raised)" stroke="currentColor" strokeWidth="1.5" strokeOpacity="0.7" />
      {lit !== null && <path d={lit} fill="currentColor" />}
      {kind === 'earning' && (
        <g fill="var(--color-canvas)" opacity="0.16">
          <circle cx="14.5" cy="15" r="3.4" />
          <circle cx="25" cy="23.5" r="4.6" />
          <circle cx="15.5" cy="27.5" r="2" />
          <circle cx="24.5" cy="12" r="1.7" />
        </g>
      )}
    </svg>
  );
}
