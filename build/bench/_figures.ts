/** One measured figure. Unknown is null. `holds`: whether the target is met; null where there is none. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: number | null;
  readonly ratio: number | null;
  readonly target: string | null;
  readonly holds: boolean | null;
}

/** A figure without a peer or a target. */
export const figure = (name: string, value: number, unit: string): Figure => ({
  name,
  value,
  unit,
  peer: null,
  ratio: null,
  target: null,
  holds: null,
});

/** The part of a figure that says whether it keeps within a limit. */
export const atMost = (value: number, limit: number, unit: string): Pick<Figure, 'target' | 'holds'> => ({
  target: `<= ${limit} ${unit}`,
  holds: value <= limit,
});

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** The smallest of the values that at least this share of them does not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Prints figures: one JSON object a line with `--json`, else a sentence each. A figure that falls short is no failure of the run. */
export function printFigures(figures: readonly Figure[]): void {
  for (const figure of figures) {
    if (process.argv.includes('--json')) {
      console.log(JSON.stringify(figure));
      continue;
    }
    const peer = figure.peer === null ? '' : `, peer ${round(figure.peer)} ${figure.unit}`;
    const ratio = figure.ratio === null ? '' : `, ratio ${round(figure.ratio)}`;
    const target = figure.target === null ? '' : `, target ${figure.target}: ${figure.holds ? 'holds' : 'does not hold'}`;
    console.log(`${figure.name}: ${round(figure.value)} ${figure.unit}${peer}${ratio}${target}`);
  }
}

const round = (value: number): number => Number(value.toPrecision(3));
