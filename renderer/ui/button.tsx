import type { ComponentProps } from 'react';

type ButtonLook = 'primary' | 'plain' | 'danger';

const BASE =
  'inline-flex h-9 items-center justify-center gap-2 rounded-lg px-4 text-sm font-medium whitespace-nowrap select-none transition-colors duration-100 aria-disabled:cursor-not-allowed aria-disabled:opacity-55 data-disabled:cursor-not-allowed data-disabled:opacity-55';
const LOOKS: Record<ButtonLook, string> = {
  primary: 'bg-accent text-on-accent not-aria-disabled:hover:bg-accent/90',
  plain: 'border border-line-strong bg-surface text-ink not-aria-disabled:not-data-disabled:hover:bg-raised data-popup-open:bg-raised',
  danger: 'bg-bad text-on-bad not-aria-disabled:hover:bg-bad/90',
};

/** The classes of a button, for triggers that Base UI renders. */
export const buttonClass = (look: ButtonLook): string => `${BASE} ${LOOKS[look]}`;

type ButtonProps = Omit<ComponentProps<'button'>, 'disabled'> & { readonly look: ButtonLook; readonly possible?: boolean };

/** An impossible button stays in the tab order: one that goes grey under the owner's finger must not lose the focus. */
export function Button({ look, possible = true, className = '', onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`${buttonClass(look)} ${className}`}
      aria-disabled={!possible || undefined}
      onClick={possible ? onClick : undefined}
      {...rest}
    />
  );
}
