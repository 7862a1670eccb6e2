export interface SparkPoint {
  readonly atMs: number;
  readonly value: number | null;
}

export interface SparkFrame {
  readonly fromMs: number;
  readonly toMs: number;
  readonly low: number;
  readonly high: number;
  /** Points further apart than this are not joined. */
  readonly gapMs: number;
}

/** The drawing area, in units of its own: it is stretched to whatever room there is. */
export const SPARK_WIDTH = 100;
export const SPARK_HEIGHT = 28;

/** The line through the points and the area below it, as SVG paths. What is unknown leaves a gap; what is out of range runs along the edge. */
export function sparkPaths(points: readonly SparkPoint[], frame: SparkFrame): { readonly line: string; readonly area: string } {
  const { fromMs, toMs, low, high, gapMs } = frame;
  const x = (atMs: number): string => (((atMs - fromMs) / (toMs - fromMs)) * SPARK_WIDTH).toFixed(1);
  const y = (value: number): string => ((1 - Math.min(1, Math.max(0, (value - low) / (high - low)))) * SPARK_HEIGHT).toFixed(1);
  const runs: string[] = [];
  const areas: string[] = [];
  let run: string[] = [];
  let first = '';
  let last: { readonly atMs: number; readonly x: string } | null = null;
  const end = (): void => {
    if (last === null) return;
    // A point alone is drawn as a stroke without length, which round ends make visible.
    const line = run.length === 1 ? `${run[0]}h0` : run.join('L');
    runs.push(`M${line}`);
    if (run.length > 1) areas.push(`M${first} ${SPARK_HEIGHT}L${run.join('L')}L${last.x} ${SPARK_HEIGHT}Z`);
    run = [];
    last = null;
  };
  for (const { atMs, value } of points) {
    if (atMs < fromMs || atMs > toMs) continue;
    if (value === null || (last !== null && atMs - last.atMs > gapMs)) end();
    if (value === null) continue;
    if (run.length === 0) first = x(atMs);
    run.push(`${x(atMs)} ${y(value)}`);
    last = { atMs, x: x(atMs) };
  }
  end();
  return { line: runs.join(''), area: areas.join('') };
}
