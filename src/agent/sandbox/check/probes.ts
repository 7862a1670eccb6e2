import type { ProbeGroup } from '../../../contract/model/sandbox.ts';
import { devices } from './catalogue/devices.ts';
import { files } from './catalogue/files.ts';
import { kernel } from './catalogue/kernel.ts';
import { network } from './catalogue/network.ts';
import { otherJobs, processes } from './catalogue/processes.ts';
import { resources } from './catalogue/resources.ts';
import { results } from './catalogue/results.ts';

/** Probes by id and what they try, in plain words. */
export type Titles = readonly (readonly [id: string, title: string])[];

/** One attack that "Check my sandbox" tries. */
export interface Probe {
  readonly id: string;
  readonly group: ProbeGroup;
  readonly title: string;
  /** Why it may get through and harms nobody; null: it must be stopped. */
  readonly benign: string | null;
  /** Why it succeeds nowhere, not even without a sandbox; null: it does. */
  readonly nowhere: string | null;
}

const BENIGN: ReadonlyMap<string, string> = new Map([
  ['cpu-model', 'Programs choose their fastest code by it. The model is in the offer that the job was placed by.'],
  ['host-load', 'Three averages and a count of processes, which say nothing of what runs.'],
  ['host-memory', 'Programs choose the size of their buffers by it. The memory granted is what counts, and that is enforced.'],
  ['mount-list', 'A process always sees its own list. It names folders of the engine and opens none of them.'],
]);

const NOWHERE: ReadonlyMap<string, string> = new Map([
  ['calls-of-x32', 'Only kernels built with CONFIG_X86_X32_ABI know such calls, which no distribution of today is.'],
]);

const listed = (group: ProbeGroup, titles: Titles): readonly Probe[] =>
  titles.map(([id, title]) => ({ id, group, title, benign: BENIGN.get(id) ?? null, nowhere: NOWHERE.get(id) ?? null }));

/** Tried by the program in resources/sandbox/probes, in this order: what may bring its container down comes last. */
export const IN_CONTAINER: readonly Probe[] = [
  ...listed('files', files),
  ...listed('kernel', kernel),
  ...listed('processes', processes),
  ...listed('network', network),
  ...listed('devices', devices),
  ...listed('processes', otherJobs),
  ...listed('resources', resources),
];

/** Those of them that look for what the job before has left: tried in a second container. */
export const isAfterwards = ({ id }: Probe): boolean => id.endsWith('-of-job-before');

/** Tried by the agent, from outside. */
export const FROM_OUTSIDE: readonly Probe[] = listed('results', results);

export const PROBES: readonly Probe[] = [...IN_CONTAINER, ...FROM_OUTSIDE];
