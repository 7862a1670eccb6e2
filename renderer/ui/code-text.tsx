import { CopyButton } from './copy-button.tsx';

/** A sentence of the agent's or ours in which `backticks` set commands apart. `copyable`: each command with a button beside it. */
export function CodeText({ text, copyable = false }: { readonly text: string; readonly copyable?: boolean }) {
  return text.split('`').map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence, in their order
      <span key={index}>
        <code className="box-decoration-clone rounded bg-raised px-1 py-0.5 text-ink">{part}</code>
        {copyable && <CopyButton text={part} what={part} className="-my-1.5 -mr-1 ml-0.5 size-6 align-middle" />}
      </span>
    ) : (
      part
    ),
  );
}
