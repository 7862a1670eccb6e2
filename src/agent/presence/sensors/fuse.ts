import type { SensorReport } from '../../../contract/model/presence.ts';
import type { Reading, Readings, Sensor, SignalName, SignalValues } from '../signals.ts';

/** What one source said last. */
export interface Said<S extends SignalName = SignalName> {
  readonly sensor: Sensor<S>;
  readonly reading: Reading<SignalValues[S]>;
}

/** How the values of two sources that both know become one. */
const join: { readonly [S in SignalName]: (a: SignalValues[S], b: SignalValues[S]) => SignalValues[S] } = {
  input: (a, b) => ({ idleMs: Math.min(a.idleMs, b.idleMs) }),
  gamepad: (a, b) => ({ idleMs: a.idleMs === null ? b.idleMs : b.idleMs === null ? a.idleMs : Math.min(a.idleMs, b.idleMs) }),
  fullscreen: (a, b) => a ?? b,
  inhibitor: (a, b) => [...a, ...b],
  session: (a, b) => ({ locked: a.locked || b.locked, remote: a.remote || b.remote, otherUser: a.otherUser || b.otherUser }),
  gpu: (a, b) => [...a, ...b],
  // The first source knows more of the same battery; either may be the one that sees the plug first.
  power: (a, b) => ({ onAc: a.onAc && b.onAc, chargePercent: a.chargePercent ?? b.chargePercent, isLaptop: a.isLaptop || b.isLaptop }),
  temperature: (a, b) => [...a, ...b],
  draw: (a, b) => ({ watts: a.watts + b.watts }),
  cpu: (a, b) => ({ shareByOthers: Math.max(a.shareByOthers, b.shareByOthers) }),
  programs: (a, b) => [...new Set([...a, ...b])],
  metered: (a, b) => a || b,
  sleep: (a, b) => ({ suspending: a.suspending || b.suspending }),
};

/** Whether a value says by itself that work may not run, so that another source's silence changes nothing. */
const speaksAgainst: { readonly [S in SignalName]?: (value: SignalValues[S]) => boolean } = {
  fullscreen: (window) => window !== null,
  programs: (running) => running.length > 0,
};

/** One reading of a signal from all its sources: unknown where one of them is, absent where all are or none is. */
function fuse<S extends SignalName>(signal: S, said: readonly Said[]): Reading<SignalValues[S]> {
  const readings = said.filter((each): each is Said<S> => each.sensor.signal === signal).map((each) => each.reading);
  const known = readings.filter((each) => each.kind === 'known');
  const unknown = readings.find((each) => each.kind === 'unknown');
  const [first, ...more] = known;
  const value = first && {
    kind: 'known' as const,
    source: known.map((each) => each.source).join(', '),
    value: more.reduce<SignalValues[S]>((sum, each) => join[signal](sum, each.value), first.value),
  };
  if (value && speaksAgainst[signal]?.(value.value)) return value;
  if (unknown) return unknown;
  if (value) return value;
  if (signal === 'input')
    return {
      kind: 'unknown',
      source: 'none',
      detail: 'No source of keyboard and mouse input was found.',
      fix: 'Start Nightshift inside your desktop session. If nobody sits at this machine: `npx nightshift settings set presence.dedicated true`',
    };
  return { kind: 'absent', source: 'none', detail: 'Nothing on this machine says it.' };
}

export function fuseAll(said: readonly Said[]): Readings {
  return {
    input: fuse('input', said),
    gamepad: fuse('gamepad', said),
    fullscreen: fuse('fullscreen', said),
    inhibitor: fuse('inhibitor', said),
    session: fuse('session', said),
    gpu: fuse('gpu', said),
    power: fuse('power', said),
    temperature: fuse('temperature', said),
    draw: fuse('draw', said),
    cpu: fuse('cpu', said),
    programs: fuse('programs', said),
    metered: fuse('metered', said),
    sleep: fuse('sleep', said),
  };
}

export const signalNames = Object.keys(join) as readonly SignalName[]; // the object's type names them all

/** Which signals work on this machine, which are unknown and how to fix each, which do not exist here. */
export function reportSensors(said: readonly Said[]): readonly SensorReport[] {
  return signalNames.flatMap((signal): readonly SensorReport[] => {
    const sources = said.filter((each) => each.sensor.signal === signal);
    if (sources.length === 0) {
      const reading = fuse(signal, said);
      return [
        reading.kind === 'unknown'
          ? { signal, source: 'none', state: 'unknown', detail: reading.detail, fix: reading.fix }
          : { signal, source: 'none', state: 'absent', detail: 'Nothing on this machine says it.', fix: null },
      ];
    }
    return sources.map(({ sensor, reading }) => reportOf(sensor, reading));
  });
}

function reportOf({ signal, source }: Sensor, reading: Reading<unknown>): SensorReport {
  switch (reading.kind) {
    case 'known':
      return { signal, source, state: 'works', detail: '', fix: null };
    case 'unknown':
      return { signal, source, state: 'unknown', detail: reading.detail, fix: reading.fix };
    case 'absent':
      return { signal, source, state: 'absent', detail: reading.detail, fix: null };
  }
}
