import type { ComponentProps } from 'react';

export type ButtonLook = 'primary' | 'plain' | 'danger' | 'quiet';

const BASE =
  'inline-flex h-9 items-center justify-center gap-2 rounded-lg px-4 text-sm font-medium whitespace-nowrap select-none transition-colors duration-100 disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-not-allowed aria-disabled:opacity-55';
const LOOKS: Record<ButtonLook, string> = {
  primary: 'bg-accent text-on-accent enabled:hover:bg-accent/90',
  plain: 'border border-line-strong bg-surface text-ink enabled:hover:bg-raised data-popup-open:bg-raised',
  danger: 'bg-bad text-on-bad enabled:hover:bg-bad/90',
  quiet: 'text-muted enabled:hover:bg-raised enabled:hover:text-ink',
};

/** The classes of a button, for triggers that Base UI renders. */
export const buttonClass = (look: ButtonLook): string => `${BASE} ${LOOKS[look]}`;

export function Button({ look, className = '', ...rest }: ComponentProps<'button'> & { readonly look: ButtonLook }) {
  return <button type="button" className={`${buttonClass(look)} ${className}`} {...rest} />;
}
