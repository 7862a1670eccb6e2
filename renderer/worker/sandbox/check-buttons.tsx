import { useLayoutEffect, useRef } from 'react';
import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/i18n/t.ts';
import { useWorker } from '../store.ts';
import { useOrder } from '../use-order.ts';

/** Both buttons keep their places, so that a second click on the first does not cancel what it began. */
export function CheckButtons() {
  const isRunning = useWorker((state) => state.sandbox.check.kind === 'running');
  const hasEngine = useWorker((state) => state.sandbox.engine.kind === 'ready');
  const check = useOrder((client) => client.sandbox.check());
  const cancel = useOrder((client) => client.sandbox.cancelCheck());
  const checkButton = useRef<HTMLButtonElement>(null);
  const cancelButton = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!isRunning && document.activeElement === cancelButton.current) checkButton.current?.focus();
  }, [isRunning]);
  const failure = check.failure ?? cancel.failure;
  return (
    <div className="col-span-2 mt-2 min-w-0 sm:col-span-1 sm:col-start-3 sm:row-start-1 sm:mt-0">
      <div className="flex flex-wrap gap-2 sm:flex-row-reverse sm:flex-nowrap">
        <Button
          ref={checkButton}
          look="primary"
          className="max-sm:px-3"
          possible={check.possible && hasEngine && !isRunning}
          onClick={() => check.send()}
        >
          {t('sandbox.check')}
        </Button>
        <Button
          ref={cancelButton}
          look="plain"
          possible={cancel.possible}
          className={`max-sm:px-3 ${isRunning ? '' : 'invisible'}`}
          onClick={() => cancel.send()}
        >
          {t('sandbox.cancel')}
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
