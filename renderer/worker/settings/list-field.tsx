import { type FormEvent, type HTMLInputTypeAttribute, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/i18n/t.ts';
import { Icon } from '../../ui/icon.tsx';
import { fieldClass } from './field-class.ts';

/** A list of short texts: each can be taken out, one more added. `wrong`: why a text cannot be added, null where it can. */
export function ListField(props: {
  readonly items: readonly string[];
  readonly type: HTMLInputTypeAttribute;
  readonly label: string;
  readonly placeholder?: string;
  readonly empty: string;
  readonly maxLength: number;
  readonly possible: boolean;
  readonly show: (item: string) => string;
  readonly wrong?: (item: string) => string | null;
  readonly onChange: (items: string[]) => void;
}) {
  const { items, possible, show, onChange } = props;
  const [typed, setTyped] = useState('');
  const text = typed.trim();
  const isThere = items.some((item) => item.toLowerCase() === text.toLowerCase());
  const wrong = text === '' ? null : (props.wrong?.(text) ?? null);
  const canAdd = possible && text !== '' && !isThere && wrong === null;
  const add = (event: FormEvent): void => {
    event.preventDefault();
    if (!canAdd) return;
    onChange([...items, text]);
    setTyped('');
  };
  return (
    <div>
      {items.length === 0 ? (
        <p className="text-[13px] text-muted">{props.empty}</p>
      ) : (
        <ul className="flex flex-wrap gap-1.5">
          {items.map((item) => (
            <li key={item} className="flex h-8 max-w-full items-center gap-1 rounded-lg bg-raised pr-1 pl-3 text-[13px]">
              <span className="truncate tabular-nums">{show(item)}</span>
              <button
                type="button"
                aria-label={t('setting.remove', { what: show(item) })}
                disabled={!possible}
                onClick={() => onChange(items.filter((one) => one !== item))}
                className="inline-flex size-6 items-center justify-center rounded-md text-muted hover:bg-surface hover:text-ink disabled:cursor-not-allowed disabled:opacity-55"
              >
                <Icon name="close" className="size-3.5" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {possible && (
        <form onSubmit={add} className="mt-2 flex flex-wrap items-center gap-2">
          <input
            type={props.type}
            value={typed}
            maxLength={props.maxLength}
            placeholder={props.placeholder}
            aria-label={props.label}
            onChange={(event) => setTyped(event.target.value)}
            className={`${fieldClass} min-w-0 flex-1 basis-40 sm:max-w-64`}
          />
          <Button type="submit" look="plain" possible={canAdd} onClick={add}>
            <Icon name="plus" />
            {t('setting.add')}
          </Button>
          {isThere && <p className="text-[13px] text-muted">{t('programs.there')}</p>}
          {wrong !== null && (
            <p role="alert" className="basis-full text-[13px] text-bad">
              {wrong}
            </p>
          )}
        </form>
      )}
    </div>
  );
}
