import type { SandboxReport } from '../../../src/contract/model/sandbox.ts';
import { CodeText } from '../../ui/code-text.tsx';
import { formatDuration } from '../../ui/format/duration.ts';
import { formatMoment } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { settingAddress } from '../reason-settings.ts';
import { useWorker } from '../store.ts';
import { CheckButtons } from './check-buttons.tsx';
import { NamedProbes } from './named-probes.tsx';
import { tally } from './probe-marks.ts';
import { ReportSignature } from './report-signature.tsx';
import { type Standing, sandboxStanding, shownProbes } from './standing.ts';
import { TallyBar } from './tally-bar.tsx';

const LOOK: Record<Standing['kind'], { readonly icon: IconName; readonly tone: string }> = {
  running: { icon: 'sandbox', tone: 'text-accent animate-breathe' },
  'no-engine': { icon: 'alert', tone: 'text-bad' },
  starting: { icon: 'wait', tone: 'text-muted' },
  unchecked: { icon: 'sandbox', tone: 'text-muted' },
  stale: { icon: 'wait', tone: 'text-warn' },
  passed: { icon: 'holds', tone: 'text-good' },
  breached: { icon: 'alert', tone: 'text-bad' },
};

const PROGRESS = 'mb-1.5 h-5 text-[13px] text-muted tabular-nums';

/** Whether the sandbox holds, on whose word, and what to do where it does not. */
export function Verdict() {
  const sandbox = useWorker((state) => state.sandbox);
  const nowMs = useNow();
  const standing = sandboxStanding(sandbox);
  const probes = shownProbes(sandbox);
  const counts = tally(probes);
  const total = standing.kind === 'running' ? standing.check.total : probes.length;
  const { icon, tone } = LOOK[standing.kind];
  return (
    <section
      aria-label={t('sandbox.state')}
      data-testid="sandbox-state"
      data-state={standing.kind}
      className={`rounded-xl border bg-surface p-5 ${standing.kind === 'breached' ? 'border-bad' : 'border-line'}`}
    >
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 sm:grid-cols-[auto_minmax(0,1fr)_auto]">
        <Icon name={icon} className={`row-span-2 mt-0.5 size-9 ${tone}`} />
        <div role="status" className="self-center">
          <h2 className="text-xl leading-7 font-semibold tracking-tight">{standingTitle(standing)}</h2>
        </div>
        <div className="min-h-20 text-pretty sm:col-span-2 sm:min-h-10">
          <p className={`text-muted tabular-nums ${standing.kind === 'running' ? 'line-clamp-4 sm:line-clamp-2' : ''}`}>
            <CodeText text={standingDetail(standing, counts)} copyable={standing.kind === 'no-engine'} />
          </p>
          <WorkLine standing={standing} />
        </div>
        <CheckButtons />
      </div>
      <BrokenOff />
      <NamedProbes mark="through" />
      <div className="mt-4">
        <Progress standing={standing} tried={probes.length} nowMs={nowMs} />
        <TallyBar counts={probes.length === 0 && standing.kind !== 'running' ? null : counts} total={total} />
      </div>
      <NamedProbes mark="harmless" />
      <NamedProbes mark="untried" />
      <Made nowMs={nowMs} />
    </section>
  );
}

function standingTitle(standing: Standing): string {
  return standing.kind === 'breached'
    ? t('sandbox.breached', { count: tally(standing.report.probes).through })
    : t(`sandbox.${standing.kind}`);
}

function standingDetail(standing: Standing, { blocked, harmless }: ReturnType<typeof tally>): string {
  switch (standing.kind) {
    case 'running':
      return standing.check.current ?? t('sandbox.running.preparing');
    case 'no-engine':
      return `${standing.engine.detail} ${standing.engine.fix}`;
    case 'passed':
      return harmless === 0 ? t('sandbox.passed.detail', { count: blocked }) : t('sandbox.passed.harmless', { blocked, harmless });
    case 'starting':
    case 'unchecked':
    case 'stale':
    case 'breached':
      return t(`sandbox.${standing.kind}.detail`);
  }
}

/** What it means for jobs, where the sandbox is not known to hold. */
function WorkLine({ standing }: { readonly standing: Standing }) {
  const isHeldBack = useWorker((state) =>
    state.presence.reasons.some(({ code }) => code === 'sandbox-unchecked' || code === 'sandbox-failed'),
  );
  const checkFirst = useWorker((state) => state.settings.values['sandbox.checkFirst']);
  if (standing.kind === 'passed' || standing.kind === 'running') return null;
  if (isHeldBack) return <p className="font-medium">{t('sandbox.work.off')}</p>;
  if (checkFirst) return null;
  return (
    <p className="text-warn">
      {t('sandbox.work.on')}{' '}
      <a href={settingAddress('sandbox.checkFirst')} className="rounded text-accent underline underline-offset-4">
        {t('set.sandbox.checkFirst')}
      </a>
    </p>
  );
}

/** Why the last check did not come to its end; what was known before stands below. */
function BrokenOff() {
  const check = useWorker((state) => state.sandbox.check);
  const nowMs = useNow();
  if (check.kind !== 'failed') return null;
  return (
    <div role="alert" data-testid="check-broken-off" className="mt-4 flex gap-3 rounded-lg border border-warn/60 bg-warn/10 p-4">
      <Icon name="alert" className="mt-0.5 size-4 text-warn" />
      <div className="min-w-0">
        <p className="font-medium">{t('sandbox.broken-off', { at: formatMoment(check.atMs, nowMs) })}</p>
        <p className="mt-1 text-pretty [overflow-wrap:anywhere]">
          <CodeText text={check.detail} /> <CodeText text={check.fix} copyable />
        </p>
      </div>
    </div>
  );
}

/** One line in every state, so that nothing moves when a check begins or ends. */
function Progress(props: { readonly standing: Standing; readonly tried: number; readonly nowMs: number }) {
  const { standing, tried, nowMs } = props;
  if (standing.kind !== 'running') return <p className={PROGRESS}>{t('sandbox.tried', { count: tried })}</p>;
  const { probes, total, startedAtMs } = standing.check;
  const time = formatDuration(Math.max(0, nowMs - startedAtMs));
  const isCounted = total > 0; // it is not, until the container stands
  const text = isCounted ? t('sandbox.running.count', { done: probes.length, total, time }) : t('sandbox.running.begun', { time });
  return (
    <div
      role="progressbar"
      aria-label={t('sandbox.progress')}
      aria-valuemin={0}
      aria-valuemax={isCounted ? total : undefined}
      aria-valuenow={isCounted ? probes.length : undefined}
      aria-valuetext={text}
      className={PROGRESS}
    >
      {text}
    </div>
  );
}

function Made({ nowMs }: { readonly nowMs: number }) {
  const signed = useWorker((state) => state.sandbox.report);
  if (signed === null) return null;
  return (
    <div className="mt-4 border-t border-line pt-3">
      <p className="text-[13px] text-pretty text-muted tabular-nums">{madeText(signed.report, nowMs)}</p>
      <ReportSignature signed={signed} />
    </div>
  );
}

const madeText = ({ checkedAtMs, durationMs, identity }: SandboxReport, nowMs: number): string =>
  t('sandbox.made', {
    at: formatMoment(checkedAtMs, nowMs),
    engine: identity.engine,
    kernel: identity.kernel,
    time: formatDuration(durationMs),
  });
