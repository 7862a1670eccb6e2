const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/** `90s`, `10m`, `1h30m`, `2d` -> ms. Null when it is no duration. */
export function parseDurationMs(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return null;
  const total = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (MS[unit ?? ''] ?? 0),
    0,
  );
  return Math.round(total);
}

/** `512MB`, `1.5GiB`, `2GB` -> bytes. Null when it is no size. */
export function parseBytes(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*([KMGT]?i?B)$/i.exec(text);
  const factor = BYTES[(found?.[2] ?? '').toUpperCase()];
  return found && factor !== undefined ? Math.round(Number(found[1]) * factor) : null;
}
