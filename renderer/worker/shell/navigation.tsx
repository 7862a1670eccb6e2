import { AppearanceToggle } from '../../ui/appearance-toggle.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { Mark } from '../../ui/mark.tsx';
import { TestBadge } from '../../ui/test-badge.tsx';
import { screens } from '../screens.ts';
import { useWorker } from '../store.ts';

/** A column beside the screen; on a phone a bar above it whose entries scroll sideways when there are many. */
export function Navigation({ current }: { readonly current: string }) {
  return (
    <header className="sticky top-0 z-10 flex items-center gap-x-3 border-b border-line bg-canvas px-4 py-2 md:fixed md:inset-y-0 md:left-0 md:w-52 md:flex-col md:items-stretch md:gap-y-6 md:border-r md:border-b-0 md:px-3 md:py-6">
      <div className="flex items-center gap-2.5 md:px-3">
        <Mark className="size-6" />
        <span className="hidden text-[15px] font-semibold tracking-tight sm:inline">{t('app.name')}</span>
      </div>
      <nav aria-label={t('nav.label')} className="min-w-0 flex-1 overflow-x-auto md:overflow-visible">
        <ul className="flex gap-1 p-0.5 md:flex-col md:p-0">
          {screens.map((screen) => (
            <li key={screen.id}>
              <a
                href={`#/${screen.id}`}
                aria-current={screen.id === current ? 'page' : undefined}
                className="flex h-9 items-center gap-3 rounded-lg px-2.5 font-medium md:px-3 whitespace-nowrap text-muted hover:bg-raised hover:text-ink aria-[current]:bg-raised aria-[current]:text-ink forced-colors:aria-[current]:underline"
              >
                <Icon name={screen.icon} className="hidden size-4 sm:block" />
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
