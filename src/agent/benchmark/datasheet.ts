import type { BenchmarkVector, Comparison } from '../../contract/model/benchmark.ts';
import { DATASHEETS, type DatasheetRow } from './datasheet-table.ts';

/** What the maker states of one model. Unknown is null. */
export interface Datasheet {
  readonly maker: string;
  readonly fp32Tflops: number | null;
  /** Matrix product of f16 with f32 sums, dense. */
  readonly f16Tflops: number | null;
  /** Matrix product of i8, dense. */
  readonly i8Tops: number | null;
  readonly memoryGBs: number | null;
  /** One direction, after the encoding of the link. */
  readonly linkGBs: number;
  readonly powerW: number;
}

/** Words that makers put around a model's name, and that name no model. */
const ORNAMENTS = /\((?:r|tm|c)\)|\(.*?\)|[®™]|\b(?:nvidia|amd|intel|geforce|radeon|tesla|graphics)\b/g;
const MEMORY_WORD = /\b(\d+) ?gb\b/;
/** Drivers keep a part of the memory to themselves, up to a sixteenth with error correction on; variants of a model are further apart. */
const MEMORY_TOLERANCE = 0.08;
/** GB/s of one lane and direction, by generation: 8, 16 and 32 GT/s with 128b/130b encoding. */
const LANE_GBS = { 3: 0.985, 4: 1.969, 5: 3.938 } as const;

const ROWS_BY_NAME = new Map<string, { readonly maker: string; readonly row: DatasheetRow }[]>();
for (const { maker, rows } of DATASHEETS)
  for (const row of rows) ROWS_BY_NAME.set(row[0], [...(ROWS_BY_NAME.get(row[0]) ?? []), { maker, row }]);

/**
 * What the maker states of the model with this name, as drivers give it; null where it is not known for sure, such as a variant for laptops, or
 * one of several with other memory where `memoryBytes` (null: unknown) and the name leave open which.
 */
export function datasheetOf(name: string, memoryBytes: number | null): Datasheet | null {
  const candidates = matching(name, memoryBytes);
  const [only] = candidates;
  if (only === undefined || candidates.length > 1) return null;
  const [, fp32Tflops, f16Tflops, i8Tops, memoryGBs, , pcie, powerW] = only.row;
  const [generation, lanes] = pcie.split('x').map(Number);
  const perLane = generation === 3 || generation === 4 || generation === 5 ? LANE_GBS[generation] : 0;
  return { maker: only.maker, fp32Tflops, f16Tflops, i8Tops, memoryGBs, linkGBs: perLane * (lanes ?? 0), powerW };
}

/** The power that the maker states for the model with this name, W; the highest of its variants where it is open which; null: unknown. */
export function statedPowerW(name: string, memoryBytes: number | null = null): number | null {
  const stated = matching(name, memoryBytes).map(({ row }) => row[7]);
  return stated.length === 0 ? null : Math.max(...stated);
}

function matching(name: string, memoryBytes: number | null): readonly { readonly maker: string; readonly row: DatasheetRow }[] {
  const plain = name.toLowerCase().replace(ORNAMENTS, ' ').replace(/[-_]/g, ' ');
  const memoryWord = MEMORY_WORD.exec(plain);
  const key = plain.replace(MEMORY_WORD, ' ').trim().replace(/\s+/g, ' ');
  const memoryGiB = memoryBytes !== null ? memoryBytes / 2 ** 30 : memoryWord ? Number(memoryWord[1]) : null;
  const rows = ROWS_BY_NAME.get(key) ?? [];
  return memoryGiB === null ? rows : rows.filter(({ row }) => Math.abs(memoryGiB / row[5] - 1) <= MEMORY_TOLERANCE);
}

/** Each figure of a result against what the maker states; empty where that is not known. */
export function compareWithDatasheet(vector: BenchmarkVector, sheet: Datasheet | null): Comparison[] {
  if (sheet === null) return [];
  const references = [
    ['fmaF32Tflops', sheet.fp32Tflops],
    ['gemmF32Tflops', sheet.fp32Tflops],
    ['gemmF16Tflops', sheet.f16Tflops],
    ['gemmI8Tops', sheet.i8Tops],
    ['readGBs', sheet.memoryGBs],
    ['copyGBs', sheet.memoryGBs],
    ['triadGBs', sheet.memoryGBs],
    ['toDeviceGBs', sheet.linkGBs],
    ['fromDeviceGBs', sheet.linkGBs],
  ] as const;
  return references.flatMap(([figure, reference]) => {
    const measured = vector[figure]?.value;
    if (measured === undefined || reference === null) return [];
    return [{ figure, reference, share: measured / reference, source: `stated by ${sheet.maker}` }];
  });
}

/** Memory and links do not run above their clocks by themselves. */
const CREDIBLE_RATE = 1.05;
/** Cores do: a boost clock is stated as typical, not as a limit, and a cool card exceeds it. */
const CREDIBLE_COMPUTE = 1.15;

/** One sentence for each figure that is too good to be true of this model, unless somebody overclocked it. */
export function tooGoodNotes(comparisons: readonly Comparison[]): string[] {
  return comparisons
    .filter(({ figure, share }) => share > (figure.endsWith('GBs') ? CREDIBLE_RATE : CREDIBLE_COMPUTE))
    .map(
      ({ figure, share, source }) =>
        `${figure} is ${Math.round(share * 100)} % of what is ${source} for this model: it is overclocked, another model, or mismeasured.`,
    );
}
