import { useLayoutEffect } from 'react';
import { t } from '../ui/i18n/t.ts';
import { useScreen } from './screens.ts';
import { ConnectionBanner } from './shell/connection-banner.tsx';
import { FullScreen } from './shell/full-screen.tsx';
import { Navigation } from './shell/navigation.tsx';
import { ScreenContent } from './shell/screen-content.tsx';
import { useConnection, useWorkerStore } from './store.ts';

export function App() {
  const connection = useConnection();
  const known = useWorkerStore((store) => store.held !== null);
  if (connection.kind === 'refused') return <FullScreen title={t('connection.refused')} detail={t('connection.refused.detail')} />;
  if (connection.kind === 'outdated') {
    return <FullScreen title={t('connection.outdated')} detail={t('connection.outdated.detail')} reload />;
  }
  if (known) return <Shell stale={connection.kind === 'lost'} />;
  return connection.kind === 'lost' ? (
    <FullScreen title={t('connection.lost')} detail={t('headline.offline.detail')} busy />
  ) : (
    <FullScreen title={t('connection.connecting')} detail={t('connection.connecting.detail')} busy />
  );
}

function Shell({ stale }: { readonly stale: boolean }) {
  const screen = useScreen();
  // Before the screen's own effects: one that goes to a part of itself comes after.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new screen begins at its top
  useLayoutEffect(() => {
    window.scrollTo(0, 0);
  }, [screen.id]);
  return (
    <div className="min-h-dvh md:pl-52" data-stale={stale ? '' : undefined}>
      <a
        href={`#/${screen.id}`}
        className="fixed -top-16 left-2 z-20 rounded-lg bg-accent px-4 py-2 text-on-accent focus:top-2"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('content')?.focus();
        }}
      >
        {t('app.skip')}
      </a>
      <Navigation current={screen.id} />
      <main id="content" tabIndex={-1} className="outline-none">
        <ConnectionBanner />
        <div className="mx-auto max-w-[1120px] px-4 pt-6 pb-24 sm:px-8 md:py-8">
          <ScreenContent screen={screen} />
        </div>
      </main>
    </div>
  );
}
