import { t } from '../../ui/i18n/t.ts';
import { YieldFigures } from './yield-figures.tsx';
import { YieldList } from './yield-list.tsx';

/** Each time the machine was given back to its owner, and how fast. */
export function Yields() {
  return (
    <>
      <h1 className="text-3xl leading-9 font-semibold tracking-tight">{t('yields.title')}</h1>
      <p className="mt-1 max-w-2xl text-[15px] text-pretty text-muted">{t('yields.subtitle')}</p>
      <div className="mt-6 grid grid-cols-[minmax(0,1fr)] gap-4">
        <YieldFigures />
        <YieldList />
      </div>
    </>
  );
}
