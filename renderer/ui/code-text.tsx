/** A sentence of the agent's or ours in which `backticks` set commands apart. */
export function CodeText({ text }: { readonly text: string }) {
  return text.split('`').map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence, in their order
      <code key={index} className="box-decoration-clone rounded bg-raised px-1 py-0.5 text-ink">
        {part}
      </code>
    ) : (
      part
    ),
  );
}
