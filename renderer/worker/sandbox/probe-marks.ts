import { isBreach, type ProbeGroup, type ProbeResult, probeGroup } from '../../../src/contract/model/sandbox.ts';

/**
 * What became of an attack. `harmless`: it got through, and was named beforehand as one that harms nobody. `untried`: it could not be
 * tried here, or only against a limit that this engine is known not to enforce.
 */
export const marks = ['blocked', 'harmless', 'through', 'untried'] as const;
export type Mark = (typeof marks)[number];

export function markOf(probe: ProbeResult): Mark {
  if (probe.blocked === null) return 'untried';
  if (probe.blocked) return 'blocked';
  return isBreach(probe) ? 'through' : 'harmless';
}

export const withMark = (probes: readonly ProbeResult[], mark: Mark): ProbeResult[] => probes.filter((probe) => markOf(probe) === mark);

export const tally = (probes: readonly ProbeResult[]): Readonly<Record<Mark, number>> => ({
  blocked: withMark(probes, 'blocked').length,
  harmless: withMark(probes, 'harmless').length,
  through: withMark(probes, 'through').length,
  untried: withMark(probes, 'untried').length,
});

/** Every group in the order of reading, also those without a probe. */
export const inGroups = (
  probes: readonly ProbeResult[],
): readonly { readonly group: ProbeGroup; readonly probes: readonly ProbeResult[] }[] =>
  probeGroup.options.map((group) => ({ group, probes: probes.filter((probe) => probe.group === group) }));
