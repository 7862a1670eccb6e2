import {
  type ConnectionRecord,
  hasPassed,
  isBreach,
  type ProbeGroup,
  type ProbeResult,
  probeGroup,
  type SandboxReport,
  type SignedSandboxReport,
} from '../../contract/model/sandbox.ts';
import { bytes, cross, duration, plainText, table, tick } from '../print.ts';

const GROUP: Readonly<Record<ProbeGroup, string>> = {
  files: 'your files',
  kernel: 'the kernel',
  processes: 'other programs',
  network: 'the network',
  resources: 'taking too much',
  devices: 'devices',
  results: 'what comes back',
};

function wordOf(probe: ProbeResult): string {
  if (probe.blocked === null) return 'not counted';
  if (probe.blocked) return 'blocked';
  return isBreach(probe) ? 'GOT THROUGH' : 'harmless';
}

const attacks = (count: number): string => `${count} ${count === 1 ? 'attack' : 'attacks'}`;

function probesText(probes: readonly ProbeResult[]): string {
  const rows = probeGroup.options.flatMap((group) =>
    probes
      .filter((probe) => probe.group === group)
      .map((probe, index) => [index === 0 ? GROUP[group] : '', wordOf(probe), probe.title, probe.outcome]),
  );
  return table([['ABOUT', 'RESULT', 'ATTACK', 'WHAT HAPPENED'], ...rows]);
}

/** One line, and what to do where the sandbox does not hold. */
function verdictText(report: SandboxReport): string {
  const { probes, identity } = report;
  const where = `${identity.engine}, kernel ${identity.kernel}`;
  const through = probes.filter(isBreach).length;
  if (!hasPassed(report))
    return [
      `${cross} ${attacks(through)} of ${probes.length} got through (${where}).`,
      '  Update the container engine and the system it runs on, then check again: npx nightshift sandbox check',
    ].join('\n');
  const blocked = probes.filter((probe) => probe.blocked === true).length;
  const harmless = probes.filter((probe) => probe.blocked === false).length;
  const untried = probes.length - blocked - harmless;
  return [
    `${tick} The sandbox holds: ${attacks(blocked)} blocked`,
    harmless > 0 ? `, ${harmless} got through and ${harmless === 1 ? 'harms' : 'harm'} nobody` : '',
    untried > 0 ? `, ${untried} not counted on this machine` : '',
    ` (${where}).`,
  ].join('');
}

const missingText = (missing: readonly string[]): string => missing.map((each) => `! Missing here: ${each}`).join('\n');

/** Parts with a line between them. */
const apart = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n\n');

/** All of a report: every attack, what the engine does not enforce, and the verdict last, where a terminal stops. */
export const checkText = (report: SandboxReport): string =>
  apart(probesText(report.probes), missingText(report.missing), verdictText(report));

/** What `sandbox check --json` prints. */
export const checkJson = ({ report, signature }: SignedSandboxReport): object => ({
  checkedAtMs: report.checkedAtMs,
  engine: report.identity.engine,
  passed: hasPassed(report),
  missing: report.missing,
  probes: report.probes.map(({ id, title, outcome, blocked, benign }) => ({ id, title, outcome, blocked, benign })),
  signature,
});

/** What is known of a report besides what it says. */
export interface ReportStanding {
  readonly signatureValid: boolean;
  /** It is of the engine, kernel and policy that are here now. */
  readonly isCurrent: boolean;
}

/** The last report: when, on what, whether it can be believed, and all of it. */
export function reportText(report: SandboxReport, { signatureValid, isCurrent }: ReportStanding): string {
  const lines = [
    `Checked ${new Date(report.checkedAtMs).toLocaleString()} in ${duration(report.durationMs)}.`,
    signatureValid ? `${tick} Signed by this machine.` : `${cross} NOT a valid signature of this machine: do not believe this report.`,
    isCurrent
      ? `${tick} Of the engine and the kernel that are here now.`
      : `${cross} Out of date: the engine, the kernel or what Nightshift asks of them has changed. Check again: npx nightshift sandbox check`,
  ];
  return apart(lines.join('\n'), checkText(report));
}

/** What a job connected to, or tried to, oldest first. */
export function connectionsText(connections: readonly ConnectionRecord[]): string {
  if (connections.length === 0) return 'This job connected to nothing.';
  const rows = connections.map((each) => [
    new Date(each.atMs).toLocaleString(),
    plainText(each.port === null ? each.host : `${each.host}:${each.port}`),
    each.refusal === null ? 'let through' : `refused: ${plainText(each.refusal)}`,
    each.address ?? '-',
    bytes(each.sentBytes),
    bytes(each.receivedBytes),
    duration(each.durationMs),
  ]);
  return table([['WHEN', 'ADDRESS', 'ANSWER', 'CONNECTED TO', 'SENT', 'RECEIVED', 'FOR'], ...rows]);
}
