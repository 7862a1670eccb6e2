import { SPARK_HEIGHT, SPARK_WIDTH, type SparkFrame, type SparkPoint, sparkPaths } from './sparkline-path.ts';

/** A figure's last minutes without axes; decorative, because the figure itself stands beside it. */
export function Sparkline(props: { readonly points: readonly SparkPoint[]; readonly frame: SparkFrame; readonly className?: string }) {
  const { line, area } = sparkPaths(props.points, props.frame);
  return (
    <svg
      viewBox={`0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      data-points={props.points.length}
      className={`w-full overflow-visible border-b border-line ${props.className ?? 'h-7 text-accent'}`}
    >
      <path d={area} fill="currentColor" opacity="0.14" />
      <path
        d={line}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
