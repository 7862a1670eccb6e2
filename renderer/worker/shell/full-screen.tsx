import { Button } from '../../ui/button.tsx';
import { CodeText } from '../../ui/code-text.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Mark } from '../../ui/mark.tsx';

/** Stands in for the app while there is nothing to show. What passes by itself appears late, so that a quick start does not flash. */
export function FullScreen(props: { readonly title: string; readonly detail: string; readonly busy?: boolean; readonly reload?: boolean }) {
  return (
    <main
      data-testid="full-screen"
      className={`flex min-h-dvh flex-col items-center justify-center px-6 pb-16 text-center ${props.busy ? 'animate-late' : ''}`}
    >
      <Mark className={`mb-6 size-14 ${props.busy ? 'animate-breathe' : ''}`} />
      <h1 className="text-xl font-semibold text-balance">{props.title}</h1>
      <p className="mt-2 max-w-md text-balance text-muted" role={props.busy ? 'status' : undefined}>
        <CodeText text={props.detail} />
      </p>
      {props.reload && (
        <Button look="primary" className="mt-6" onClick={() => window.location.reload()}>
          {t('connection.reload')}
        </Button>
      )}
    </main>
  );
}
