import type { BenchmarkVector, Measurement } from '../../../../src/contract/model/benchmark.ts';
import { formatBytes } from '../../../ui/format/bytes.ts';
import { formatRate, formatShare } from '../../../ui/format/measures.ts';
import { type MessageKey, t } from '../../../ui/i18n/t.ts';

type FigureName = keyof BenchmarkVector;
type RateName = Exclude<FigureName, 'memoryBytes' | 'sustainedShare'>;

/** In the order in which they are read, with the unit of each. */
const RATES = {
  gemmF16Tflops: 'unit.tflops',
  gemmF32Tflops: 'unit.tflops',
  gemmI8Tops: 'unit.tops',
  fmaF32Tflops: 'unit.tflops',
  fmaF16Tflops: 'unit.tflops',
  triadGBs: 'unit.gbs',
  copyGBs: 'unit.gbs',
  readGBs: 'unit.gbs',
  toDeviceGBs: 'unit.gbs',
  fromDeviceGBs: 'unit.gbs',
} as const satisfies Record<RateName, MessageKey>;

/** One line of the table. `measured`: null where it is no rate, or was not measured. */
export interface FigureRow {
  readonly name: string;
  readonly label: string;
  readonly text: string | null;
  readonly measured: Measurement | null;
}

const isRate = (name: string): name is RateName => Object.hasOwn(RATES, name);
const isFigure = (name: string): name is FigureName => isRate(name) || name === 'memoryBytes' || name === 'sustainedShare';

/** What a figure is called; one that this page does not know yet is called as the agent calls it. */
export const figureLabel = (name: string): string => (isFigure(name) ? t(`figure.${name}`) : name);

const rateText = (name: RateName, value: number): string => `${formatRate(value)} ${t(RATES[name])}`;

/** The maker's figure, in the unit of ours. */
export const referenceText = (name: string, value: number): string => (isRate(name) ? rateText(name, value) : formatRate(value));

export function figureRows(vector: BenchmarkVector): readonly FigureRow[] {
  const rates = Object.keys(RATES)
    .filter(isRate)
    .map((name) => {
      const measured = vector[name];
      return { name, label: figureLabel(name), text: measured === null ? null : rateText(name, measured.value), measured };
    });
  const { memoryBytes, sustainedShare } = vector;
  return [
    ...rates,
    {
      name: 'memoryBytes',
      label: figureLabel('memoryBytes'),
      text: memoryBytes === null ? null : formatBytes(memoryBytes),
      measured: null,
    },
    {
      name: 'sustainedShare',
      label: figureLabel('sustainedShare'),
      text: sustainedShare === null ? null : formatShare(sustainedShare),
      measured: null,
    },
  ];
}
