import type { TimeReport, Yields } from '../../contract/model/presence.ts';
import type { WorkerState } from '../../contract/worker-api.ts';
import { cross, duration, money, plainText, table, tick } from '../print.ts';

/** Why nothing is earned now, and where the time went. */
export function whyText({ presence, earnings }: WorkerState, report: TimeReport): string {
  const share = (ms: number): string => `${Math.round((100 * ms) / Math.max(1, report.toMs - report.fromMs))}%`;
  const now =
    presence.reasons.length === 0
      ? ['Now: nothing stands against working.']
      : presence.reasons.map((each) => `Now: ${each.detail} ${each.fix ?? ''}`.trim());
  const next = presence.nextEligibleAtMs === null ? [] : [`May work again at ${new Date(presence.nextEligibleAtMs).toLocaleString()}.`];
  const rows = report.reasons.map((each) => [
    each.code,
    duration(each.ms),
    share(each.ms),
    duration(each.soleMs),
    each.gainMicro === null ? '-' : money(each.gainMicro, earnings.currency),
  ]);
  return [
    ...now,
    ...next,
    '',
    `earning ${duration(report.earningMs)} (${share(report.earningMs)}) of ${duration(report.toMs - report.fromMs)}`,
    table([['REASON', 'TIME', 'SHARE', 'ALONE', 'ITS FIX WOULD HAVE EARNED'], ...rows]),
  ].join('\n');
}

/** Each time the machine was given back, and how fast. */
export function yieldsText(yields: Yields): string {
  const ms = (us: number): string => `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  const summary = (what: string, found: Yields['freeze']): string =>
    found === null
      ? `${what}: none in 30 days`
      : `${what}: ${found.count} in 30 days, p50 ${ms(found.p50Us)}, p95 ${ms(found.p95Us)}, longest ${ms(found.maxUs)}`;
  const rows = yields.recent.map((each) => [
    new Date(each.atMs).toLocaleString(),
    each.kind,
    each.causes.join(', '),
    each.means,
    ms(each.latencyUs),
    plainText(each.jobName),
  ]);
  return [
    summary('frozen', yields.freeze),
    summary('ended', yields.evict),
    ...(rows.length === 0 ? [] : [table([['WHEN', 'WHAT', 'CAUSE', 'HOW', 'AFTER', 'JOB'], ...rows])]),
  ].join('\n');
}

/** What runs, or why nothing does. */
export function statusText(state: WorkerState): string {
  const { presence, earnings } = state;
  const lines = [
    `${presence.decision === 'run' || presence.decision === 'throttle' ? tick : cross} ${headline(state)}`,
    ...presence.reasons.map((reason) => `  ${reason.detail}${reason.fix === null ? '' : ` ${reason.fix}`}`),
    ...state.leases.map(
      (lease) =>
        `  ${plainText(lease.jobName)}: ${lease.step}, ${duration(lease.unfrozenMs)}, ${money(lease.netMicro, earnings.currency)} so far`,
    ),
    ...state.devices.map(
      (device) =>
        `  ${device.name}${device.kind === 'gpu' ? '' : device.kind === 'cpu' ? ' (CPU, not a GPU)' : ' (software, never offered)'}`,
    ),
    `  today ${money(earnings.todayNetMicro, earnings.currency)}, pending ${money(earnings.pendingMicro, earnings.currency)}, available ${money(earnings.availableMicro, earnings.currency)}`,
  ];
  return lines.join('\n');
}

function headline({ presence, leases }: WorkerState): string {
  const isWorking = leases.length > 0;
  switch (presence.decision) {
    case 'run':
      return isWorking ? 'Working' : 'Ready: waiting for a job';
    case 'throttle':
      return 'Working gently while you are here:';
    case 'freeze':
      return isWorking ? 'The job stands still:' : 'Not working now:';
    case 'evict':
      return 'The machine is given back:';
  }
}
