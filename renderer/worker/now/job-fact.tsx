import type { ReactNode } from 'react';

/** One thing to know about the job, with what it means below. */
export function Fact(props: { readonly term: string; readonly detail?: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-faint">{props.term}</dt>
      <dd className="mt-0.5 font-medium">{props.children}</dd>
      {props.detail !== undefined && <dd className="mt-0.5 text-xs text-pretty text-muted tabular-nums">{props.detail}</dd>}
    </div>
  );
}
