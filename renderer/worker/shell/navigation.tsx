import { AppearanceToggle } from '../../ui/appearance-toggle.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { Mark } from '../../ui/mark.tsx';
import { TestBadge } from '../../ui/test-badge.tsx';
import { screens } from '../screens.ts';
import { useWorker } from '../store.ts';

/** A column beside the screen; on a phone the screens are in a bar below it, where the thumb is. */
export function Navigation({ current }: { readonly current: string }) {
  return (
    <header className="sticky top-0 z-10 flex items-center justify-between gap-x-3 border-b border-line bg-canvas px-4 py-2 md:fixed md:inset-y-0 md:left-0 md:w-52 md:flex-col md:items-stretch md:justify-start md:gap-y-6 md:border-r md:border-b-0 md:px-3 md:py-6">
      <div className="flex items-center gap-2.5 md:px-3">
        <Mark className="size-6" />
        <span className="text-[15px] font-semibold tracking-tight">{t('app.name')}</span>
      </div>
      <nav
        aria-label={t('nav.label')}
        className="fixed inset-x-0 bottom-0 border-t border-line bg-canvas px-2 py-1 pb-[max(4px,env(safe-area-inset-bottom))] md:static md:min-h-0 md:flex-1 md:border-t-0 md:p-0"
      >
        <ul className="mx-auto grid max-w-lg grid-cols-7 md:flex md:flex-col md:gap-1">
          {screens.map((screen) => (
            <li key={screen.id}>
              <a
                href={`#/${screen.id}`}
                aria-current={screen.id === current ? 'page' : undefined}
                className="flex h-12 flex-col items-center justify-center gap-0.5 rounded-lg text-[10px] leading-4 font-medium tracking-tight min-[360px]:text-[11px] min-[360px]:tracking-normal whitespace-nowrap text-muted md:h-9 md:flex-row md:justify-start md:gap-3 md:px-3 md:text-sm hover:bg-raised hover:text-ink aria-[current]:bg-raised aria-[current]:text-ink forced-colors:aria-[current]:underline"
              >
                <Icon name={screen.icon} className="size-4.5 md:size-4" />
                {t(screen.label)}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Footer />
    </header>
  );
}

function Footer() {
  const name = useWorker((state) => state.worker.name);
  const version = useWorker((state) => state.worker.version);
  const isTest = useWorker((state) => state.earnings.currency === 'TEST');
  return (
    <div className="flex shrink-0 items-center gap-3 md:flex-col md:items-start md:px-3">
      {isTest && (
        <div className="hidden items-center gap-2 text-xs text-muted min-[360px]:flex">
          <TestBadge />
          <span className="hidden md:inline">{t('test.network')}</span>
        </div>
      )}
      <div className="hidden min-w-0 max-w-full text-xs leading-4 text-faint md:block">
        <p className="truncate text-muted" title={name}>
          {name}
        </p>
        <p>{t('app.version', { version })}</p>
      </div>
      <AppearanceToggle />
    </div>
  );
}
