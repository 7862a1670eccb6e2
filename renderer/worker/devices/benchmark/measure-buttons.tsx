import { useLayoutEffect, useRef } from 'react';
import { Button } from '../../../ui/button.tsx';
import { t } from '../../../ui/i18n/t.ts';
import { useOrder } from '../../use-order.ts';

/** Both buttons keep their places, so that a second click on the first does not cancel what it began. */
export function MeasureButtons(props: {
  /** Empty: all that can be measured. */
  readonly deviceIds: readonly string[];
  readonly text: string;
  /** Names what is measured, for a screen reader. */
  readonly what: string;
  readonly look: 'primary' | 'plain';
  readonly isRunning: boolean;
  readonly isPossible: boolean;
}) {
  const { deviceIds, text, what, look, isRunning, isPossible } = props;
  const measure = useOrder((client) => client.benchmarks.start({ deviceIds: [...deviceIds] }));
  const cancel = useOrder((client) => client.benchmarks.cancel());
  const measureButton = useRef<HTMLButtonElement>(null);
  const cancelButton = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!isRunning && document.activeElement === cancelButton.current) measureButton.current?.focus();
  }, [isRunning]);
  const failure = measure.failure ?? cancel.failure;
  return (
    <div className="shrink-0">
      <div className="flex gap-2 sm:flex-row-reverse">
        <Button
          ref={measureButton}
          look={look}
          aria-label={t('bench.measure.what', { what })}
          possible={measure.possible && !isRunning && isPossible}
          onClick={() => measure.send()}
        >
          {text}
        </Button>
        <Button
          ref={cancelButton}
          look="plain"
          aria-label={t('bench.cancel.what', { what })}
          possible={cancel.possible}
          className={isRunning ? '' : 'invisible'}
          onClick={() => cancel.send()}
        >
          {t('bench.cancel')}
        </Button>
      </div>
      {failure !== null && (
        <p role="alert" className="mt-2 max-w-72 text-[13px] text-pretty text-bad sm:text-right">
          {failure}
        </p>
      )}
    </div>
  );
}
