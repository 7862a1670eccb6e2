import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';

/** A line that opens what belongs to it below; the browser's own disclosure, so that a search in the page finds what is closed. */
export function Fold(props: {
  readonly open: boolean;
  readonly onToggle: (open: boolean) => void;
  readonly summary: ReactNode;
  readonly testId: string;
  readonly children: ReactNode;
}) {
  return (
    <details
      open={props.open}
      data-testid={props.testId}
      className="group"
      onToggle={(event) => {
        if (event.currentTarget.open !== props.open) props.onToggle(event.currentTarget.open);
      }}
    >
      <summary className="-mx-2 flex cursor-pointer list-none items-center gap-3 rounded-lg px-2 py-2.5 hover:bg-raised/60 [&::-webkit-details-marker]:hidden">
        <Icon name="chevron" className="size-4 -rotate-90 text-muted transition-transform duration-100 group-open:rotate-0" />
        {props.summary}
      </summary>
      {props.children}
    </details>
  );
}
