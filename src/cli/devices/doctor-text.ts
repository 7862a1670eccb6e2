import { styleText } from 'node:util';
import type { DoctorReport, Finding, FindingLevel } from '../../contract/model/doctor.ts';
import { cross, plainText, tick } from '../print.ts';

const MARK: Readonly<Record<FindingLevel, string>> = { good: tick, limited: styleText('yellow', '!'), missing: cross, unneeded: '-' };
const GROUP: Readonly<Record<Finding['group'], string>> = {
  machine: 'This machine',
  devices: 'Devices',
  engine: 'What jobs run in',
  presence: 'Knowing that you are away',
  power: 'Power and money',
};
/** Titles longer than this do not push the rest away. */
const WIDEST = 46;
/** A column narrower than this is harder to read than lines that the terminal breaks. */
const LEAST_ROOM = 30;

/** Every finding with what to do about it, and the verdict last, where a terminal stops. `shares`: titles of the devices that can be shared. `columns`: of the terminal; null: not for one. */
export function doctorText({ findings }: DoctorReport, shares: readonly string[], columns: number | null): string {
  const width = Math.min(WIDEST, Math.max(...findings.map(({ title }) => title.length)));
  const parts = (Object.keys(GROUP) as Finding['group'][]) // the record names them all
    .map((group) => findings.filter((each) => each.group === group))
    .filter((some) => some.length > 0)
    .map((some) => [GROUP[some[0]?.group ?? 'machine'], ...some.map((each) => findingText(each, width, columns))].join('\n'));
  return [...parts, verdictText(findings, shares)].join('\n\n');
}

function findingText({ level, title, detail, fix }: Finding, width: number, columns: number | null): string {
  const indent = width + 6;
  const wrapped = (text: string, hang: number): string =>
    wrap(plainText(text), columns === null ? null : columns - indent - hang).join(`\n${' '.repeat(indent + hang)}`);
  const lines = [`  ${MARK[level]} ${plainText(title).padEnd(width)}  ${wrapped(detail, 0)}`];
  return [...lines, ...(fix === null ? [] : [`${' '.repeat(indent)}→ ${wrapped(fix, 2)}`])].join('\n');
}

/** Lines of at most so many characters where that leaves room for sentences; what stands in backticks is a command, and stays in one piece. */
function wrap(text: string, room: number | null): readonly string[] {
  if (room === null || room < LEAST_ROOM) return [text];
  const lines: string[] = [];
  for (const [word] of text.matchAll(/`[^`]*`\S*|\S+/g)) {
    const last = lines.pop();
    const joined = last === undefined ? word : `${last} ${word}`;
    if (last === undefined || joined.length <= room) lines.push(joined);
    else lines.push(last, word);
  }
  return lines;
}

function verdictText(findings: readonly Finding[], shares: readonly string[]): string {
  const missing = findings.filter(({ level }) => level === 'missing').length;
  const open = missing === 0 ? '' : missing === 1 ? ' One thing is missing, see ✗.' : ` ${missing} things are missing, see ✗.`;
  return shares.length > 0
    ? `${tick} This machine can share: ${plainText(shares.join(', '))}.${open}`
    : `${cross} Nothing of this machine can be shared yet.${open}`;
}
