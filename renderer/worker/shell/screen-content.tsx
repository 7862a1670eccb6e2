import { type ComponentType, useEffect, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/i18n/t.ts';
import { type Screen, screens } from '../screens.ts';
import { useConnection } from '../store.ts';

const fetched = new Map<string, ComponentType>();

async function fetchScreen(screen: Screen): Promise<ComponentType> {
  const Content = fetched.get(screen.id) ?? (await screen.fetch());
  fetched.set(screen.id, Content);
  return Content;
}

/** Long enough for the first screen to be drawn, short enough to be done before the owner has read it. */
const OTHERS_AFTER_MS = 200;

/** The files of the other screens, once the first one stands and the agent answers: so that they open at once, also while it is away. */
function useOthersInTime(possible: boolean): void {
  useEffect(() => {
    if (!possible) return;
    const timer = setTimeout(() => {
      // One that fails is asked for again when it is opened.
      for (const screen of screens) fetchScreen(screen).catch(() => undefined);
    }, OTHERS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [possible]);
}

/** The screen itself; while its files are on their way, or could not be had, says so. */
export function ScreenContent({ screen }: { readonly screen: Screen }) {
  const isLive = useConnection().kind === 'live';
  const [failed, setFailed] = useState<Screen | null>(null);
  const [, setArrived] = useState<Screen | null>(null);
  const Content = fetched.get(screen.id);
  useEffect(() => {
    if (fetched.has(screen.id) || (failed === screen && !isLive)) return;
    let wanted = true;
    fetchScreen(screen).then(
      () => wanted && setArrived(screen),
      () => wanted && setFailed(screen),
    );
    return () => {
      wanted = false;
    };
  }, [screen, failed, isLive]);
  useOthersInTime(Content !== undefined && isLive);
  if (Content !== undefined) return <Content />;
  if (failed !== screen)
    return (
      <p role="status" className="animate-late text-muted">
        {t('screen.loading')}
      </p>
    );
  return (
    <div role="alert">
      <h1 className="text-xl font-semibold">{t('screen.failed')}</h1>
      <p className="mt-1 text-muted">{t('screen.failed.detail')}</p>
      <Button look="plain" className="mt-4" onClick={() => window.location.reload()}>
        {t('connection.reload')}
      </Button>
    </div>
  );
}
