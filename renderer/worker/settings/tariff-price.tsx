import { useId } from 'react';
import { fieldClass } from './field-class.ts';
import { PER_KWH } from './number-scale.ts';
import { useNumberField } from './use-number-field.ts';

/** The price of a kilowatt-hour. */
export function TariffPrice(props: {
  readonly label: string;
  readonly isLabelShown?: boolean;
  readonly microPerKwh: number;
  readonly possible: boolean;
  readonly onChange: (microPerKwh: number) => void;
}) {
  const id = useId();
  const { unit, wrong, input } = useNumberField({
    value: props.microPerKwh,
    scale: PER_KWH,
    possible: props.possible,
    onChange: (value) => value !== null && props.onChange(value),
  });
  return (
    <div>
      <div className="flex items-center gap-2">
        {props.isLabelShown && <span className="text-[13px] text-muted">{props.label}</span>}
        <input
          {...input}
          aria-label={props.label}
          aria-describedby={wrong === null ? `${id}-unit` : `${id}-unit ${id}-wrong`}
          className={`${fieldClass} w-20 text-right tabular-nums`}
        />
        <span id={`${id}-unit`} className="text-[13px] whitespace-nowrap text-muted">
          {unit}
        </span>
      </div>
      {wrong !== null && (
        <p role="alert" id={`${id}-wrong`} className="mt-1 text-[13px] text-bad">
          {wrong}
        </p>
      )}
    </div>
  );
}
