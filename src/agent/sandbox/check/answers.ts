import * as z from 'zod';
import type { ProbeResult } from '../../../contract/model/sandbox.ts';
import { PROBES, type Probe } from './probes.ts';

/** How an attack went. `unable`: it could not be tried to its end, and nobody knows. */
export const probeAnswer = z.object({ result: z.enum(['blocked', 'open', 'unable']), detail: z.string() });
export type ProbeAnswer = z.infer<typeof probeAnswer>;

const answerLine = probeAnswer.extend({ id: z.string() });

/** Reads the answers in a stream of the program's output as they come; a line that is none is passed over. */
export function createAnswerReader(): (chunk: Buffer) => ReadonlyMap<string, ProbeAnswer> {
  const decoder = new TextDecoder();
  let unfinished = '';
  return (chunk) => {
    const lines = (unfinished + decoder.decode(chunk, { stream: true })).split('\n');
    unfinished = lines.pop() ?? '';
    return new Map(
      lines.flatMap((line) => {
        const parsed = z.safeParse(answerLine, toJson(line));
        return parsed.success ? [[parsed.data.id, parsed.data] as const] : [];
      }),
    );
  };
}

function toJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // no answer: the engine's own notices come the same way
  }
}

/**
 * What the engine says it does not enforce (capabilities.ts) and jobs may run without, and the probes that get through for this reason alone.
 * Without limits on memory or processes a job could take the machine down: those are no excuse.
 */
const UNENFORCED: readonly (readonly [says: RegExp, ids: readonly string[]])[] = [[/^Disk limits/, ['fill-job', 'many-files-in-job']]];

/** What the kernel's word for it means here; other words are told as they are. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['EPERM', 'not permitted'],
  ['EACCES', 'not permitted'],
  ['EROFS', 'only to be read'],
  ['ENOSYS', 'no such system call'],
  ['ENOENT', 'not there'],
  ['empty', 'nothing to see'],
  ['ENETUNREACH', 'no way to it'],
  ['EADDRNOTAVAIL', 'no way to it'],
  ['ECONNREFUSED', 'nobody answers'],
  ['ENOSPC', 'no room left'],
  ['ENOMEM', 'no memory left'],
  ['EAGAIN', 'no more of them'],
  ['EMFILE', 'no more of them'],
]);

/** `EPERM` -> `not permitted (EPERM)`, `ENOENT: /dev/kvm` -> `not there: /dev/kvm`. */
export function inWords(detail: string): string {
  const [, word = '', rest = ''] = /^(E[A-Z]+|empty)(: .*)?$/.exec(detail) ?? [];
  const words = WORDS.get(word);
  if (words === undefined) return detail;
  return rest === '' ? `${words} (${word})` : `${words}${rest}`;
}

/**
 * What the owner is told. An attack nobody has an answer of counts as not stopped. One that gets through because of a limit that the engine
 * is known not to enforce (`missing`) is no news: it counts as not tried, and its outcome says why.
 */
export function toResult(probe: Probe, answer: ProbeAnswer | null, missing: readonly string[]): ProbeResult {
  const { id, group, title } = probe;
  const common = { id, group, title, benign: probe.benign !== null };
  if (answer === null) return { ...common, outcome: 'no answer: the probes ended before it', blocked: false };
  const known = UNENFORCED.find(([, ids]) => ids.includes(id))?.[0];
  const reason = known === undefined ? undefined : missing.find((text) => known.test(text));
  switch (answer.result) {
    case 'blocked':
      return { ...common, outcome: inWords(answer.detail), blocked: true };
    case 'unable':
      return { ...common, outcome: `not certain: ${answer.detail}`, blocked: false };
    case 'open':
      return reason === undefined
        ? { ...common, outcome: probe.benign === null ? answer.detail : `${answer.detail}. ${probe.benign}`, blocked: false }
        : { ...common, outcome: `${answer.detail}. ${reason}`, blocked: null };
  }
}

/** Results in the order of the catalogue. */
export function toResults(
  answers: ReadonlyMap<string, ProbeAnswer>,
  missing: readonly string[],
  probes: readonly Probe[] = PROBES,
): readonly ProbeResult[] {
  return probes.map((probe) => toResult(probe, answers.get(probe.id) ?? null, missing));
}
