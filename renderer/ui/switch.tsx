import { Switch as BaseSwitch } from '@base-ui/react/switch';

/** On or off; told apart by place as well as by colour. */
export function Switch(props: {
  readonly checked: boolean;
  readonly possible: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly 'aria-label'?: string;
  readonly 'aria-labelledby'?: string;
  readonly 'aria-describedby'?: string;
}) {
  const { checked, possible, onChange, ...names } = props;
  return (
    <BaseSwitch.Root
      {...names}
      checked={checked}
      disabled={!possible}
      onCheckedChange={onChange}
      className="inline-flex h-6 w-11 shrink-0 items-center rounded-full border border-line-strong bg-raised p-0.5 transition-colors duration-100 data-checked:border-accent data-checked:bg-accent data-disabled:cursor-not-allowed data-disabled:opacity-55 forced-colors:data-checked:bg-[Highlight]"
    >
      <BaseSwitch.Thumb className="size-4.5 rounded-full bg-line-strong transition-transform duration-100 data-checked:translate-x-5 data-checked:bg-on-accent forced-colors:bg-[CanvasText]" />
    </BaseSwitch.Root>
  );
}
