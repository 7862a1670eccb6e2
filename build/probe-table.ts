import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IN_CONTAINER, PROBES, type Probe } from '../src/agent/sandbox/check/probes.ts';

/** The page that names every probe, kept beside the program. */
export const PROBE_TABLE = join(import.meta.dirname, '..', 'docs', 'sandbox-probes.md');

const GROUPS: readonly (readonly [group: Probe['group'], heading: string, about: string])[] = [
  ['files', 'Files', "The machine's own, those of the container, and those by which the kernel is told what to do."],
  ['kernel', 'Kernel', 'System calls that lead further in. Their arguments change nothing where they are let through.'],
  [
    'processes',
    'Processes and other jobs',
    'Another job runs at the same time, started the same way; one ran before under the same names.',
  ],
  ['network', 'Network', 'No probe sends anything beyond the loopback: asking the kernel for the way is enough, and a job has none.'],
  ['resources', 'Resources', 'A little more than was granted, for a moment.'],
  ['devices', 'Devices', 'They are opened, and nothing more.'],
  ['results', 'Results', 'What a job hands out, how it ends and what it leaves, tried by the agent from outside.'],
];

/** The text of docs/sandbox-probes.md. */
export function probeTable(): string {
  const benign = PROBES.filter((probe) => probe.benign !== null);
  const nowhere = PROBES.filter((probe) => probe.nowhere !== null);
  return [
    '# What "Check my sandbox" tries',
    '',
    '<!-- Written by `node build/probe-table.ts` from src/agent/sandbox/check/probes.ts. -->',
    '',
    `${PROBES.length} attacks: ${IN_CONTAINER.length} by a small program (\`resources/sandbox/probes\`, C without a C library, built by \`node build/probes.ts\`) in containers`,
    `that are started exactly as a job's are, ${PROBES.length - IN_CONTAINER.length} by the agent from outside. A probe that gets through does no harm: it opens and does not write,`,
    'it asks with arguments that the kernel refuses after it has looked at the rights, it undoes what it did, or what it did ends with it.',
    '',
    'The check passes when each is blocked, but for those named here beforehand. A probe without an answer counts as not blocked. One that gets',
    'through only because of a limit that the engine is known not to enforce is told as not tried, with that reason.',
    '',
    '## May get through',
    '',
    ...list(benign, ({ benign: reason }) => reason),
    '',
    '## Succeed nowhere',
    '',
    'Not even in the container without any hardening in which the tests run all the others (`check.engine.test.ts`), on any machine.',
    '',
    ...list(nowhere, ({ nowhere: reason }) => reason),
    '',
    ...GROUPS.flatMap(([group, heading, about]) => [
      `## ${heading}`,
      '',
      about,
      '',
      '| id | what it tries |',
      '| --- | --- |',
      ...PROBES.filter((probe) => probe.group === group).map(({ id, title }) => `| ${id} | ${title} |`),
      '',
    ]),
  ].join('\n');
}

const list = (probes: readonly Probe[], reason: (probe: Probe) => string | null): readonly string[] =>
  probes.map((probe) => `- \`${probe.id}\` (${probe.title}): ${reason(probe)}`);

if (import.meta.main) writeFileSync(PROBE_TABLE, probeTable());
