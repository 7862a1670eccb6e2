import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnerMode } from '../../contract/model/presence.ts';
import { assess, freshMemory, type PolicyMemory, reasonsNotToStart, settleMs, toPresence, verdictFor } from './policy.ts';
import type { PolicyInput } from './reasons.ts';
import type { Reading, SignalName } from './signals.ts';
import { ABLE, absent, DEFAULTS, JOB, known, UNTOUCHED, unknown, withReading } from './testing/signals.ts';

const WALL_MS = 1_800_000_000_000;
const at = (monotonicMs: number) => ({ wallMs: WALL_MS + monotonicMs, monotonicMs });
const RUN_NOW: OwnerMode = { kind: 'run-now', sinceMs: 0 };

const codesOf = (input: PolicyInput, atMs = 0): readonly string[] =>
  reasonsNotToStart(assess(freshMemory, input, at(atMs)).holding, input).map((each) => each.code);
const verdictOf = (input: PolicyInput, job = JOB) => verdictFor(assess(freshMemory, input, at(0)).holding, input, job);

describe('whether work may start', () => {
  it('may where everything is there and nobody has been for long enough', () => {
    expect(codesOf(ABLE)).toEqual([]);
  });

  it('says when somebody who was here a minute ago has been away long enough', () => {
    const input = withReading(ABLE, 'input', known({ idleMs: 60_000 }));
    const { holding } = assess(freshMemory, input, at(0));
    expect(holding).toMatchObject([{ code: 'owner-active', untilMs: WALL_MS + 4 * 60_000 }]);
    expect(toPresence(holding, input, null, (ms) => ms)).toMatchObject({ decision: 'freeze', nextEligibleAtMs: WALL_MS + 4 * 60_000 });
  });

  it('takes a job off a device that is quarantined, and leaves those on others alone', () => {
    const fault = {
      reason: { code: 'device-quarantined' as const, detail: 'memory errors', fix: null, untilMs: null },
      sinceMonotonicMs: 5,
    };
    const rig: PolicyInput = { ...ABLE, devices: [...ABLE.devices, { id: 'gpu_1', class: 'gpu', fault }] };
    expect(verdictOf(rig)).toEqual({ kind: 'run' });
    expect(verdictOf(rig, { ...JOB, deviceId: 'gpu_1' })).toEqual({ kind: 'evict', causes: ['device-quarantined'], sinceMonotonicMs: 5 });
    expect(codesOf(rig)).toEqual([]);
    expect(codesOf({ ...rig, devices: rig.devices.filter(({ id }) => id === 'gpu_1') })).toEqual(['device-quarantined']);
  });

  it('starts nothing while devices are measured, and lets what runs go on', () => {
    expect(codesOf({ ...ABLE, benchmarking: true })).toEqual(['benchmarking']);
    expect(verdictOf({ ...ABLE, benchmarking: true })).toEqual({ kind: 'run' });
  });

  it('reports all reasons, not the first', () => {
    const input: PolicyInput = {
      ...ABLE,
      readings: { ...UNTOUCHED, input: unknown, metered: known(true), power: known({ onAc: false, chargePercent: 20, isLaptop: true }) },
      mode: { kind: 'paused', sinceMs: WALL_MS, untilMs: WALL_MS + 10 },
      engine: { kind: 'missing', detail: 'd', fix: 'f' },
      session: { kind: 'not-enrolled', fix: 'f' },
      schedule: { open: false, opensAtMs: null },
      devices: [],
    };
    expect(codesOf(input)).toEqual([
      'paused-by-owner',
      'outside-schedule',
      'input-unknown',
      'laptop',
      'on-battery',
      'battery-low',
      'metered',
      'engine-missing',
      'not-enrolled',
      'no-device',
    ]);
  });

  it('names no next time when one of the reasons does not end by itself', () => {
    const input = withReading(withReading(ABLE, 'input', known({ idleMs: 0 })), 'metered', known(true));
    const { holding } = assess(freshMemory, input, at(0));
    expect(toPresence(holding, input, null, (ms) => ms).nextEligibleAtMs).toBeNull();
  });

  it('names the next open hour when the wait ends in a closed one', () => {
    const input = withReading(ABLE, 'input', known({ idleMs: 0 }));
    const { holding } = assess(freshMemory, input, at(0));
    expect(toPresence(holding, input, null, () => WALL_MS + 9_000_000).nextEligibleAtMs).toBe(WALL_MS + 9_000_000);
  });

  it.each<[SignalName, string]>([
    ['input', 'input-unknown'],
    ['gamepad', 'gamepad-unknown'],
    ['fullscreen', 'fullscreen-unknown'],
    ['inhibitor', 'inhibitor-unknown'],
    ['session', 'session-unknown'],
    ['gpu', 'gpu-unknown'],
    ['power', 'power-unknown'],
    ['temperature', 'temperature-unknown'],
    ['draw', 'draw-unknown'],
    ['cpu', 'cpu-unknown'],
    ['programs', 'programs-unknown'],
    ['metered', 'metered-unknown'],
    ['sleep', 'sleep-unknown'],
  ])('does not start while %s is unknown, and says what to do', (signal, code) => {
    const asked = { ...ABLE, settings: { ...DEFAULTS, 'power.maxDrawWatts': 300, 'programs.evictFor': ['game'] } };
    const input = withReading(asked, signal, unknown);
    const [reason] = assess(freshMemory, input, at(0)).holding;
    expect(codesOf(input)).toEqual([code]);
    expect(reason?.fix).toContain('Mend it.');
  });

  it('asks for no signal that none of the owner’s settings depends on', () => {
    const readings = { ...UNTOUCHED, draw: unknown, programs: unknown, metered: unknown, cpu: unknown };
    const settings = { ...DEFAULTS, 'network.onMetered': true, 'presence.cpuByOthersShare': 1 };
    expect(codesOf({ ...ABLE, readings, settings })).toEqual([]);
  });

  it('"run now" overrides the idle delay and unknown input, and nothing else', () => {
    const present = { ...withReading(ABLE, 'input', known({ idleMs: 0 })), mode: RUN_NOW };
    expect(codesOf(present)).toEqual([]);
    expect(codesOf(withReading(present, 'input', unknown))).toEqual([]);
    expect(codesOf(withReading(present, 'gamepad', unknown))).toEqual([]);
    expect(codesOf(withReading(present, 'fullscreen', known({ program: 'game' })))).toEqual(['fullscreen']);
    expect(codesOf(withReading(present, 'temperature', unknown))).toEqual(['temperature-unknown']);
    expect(codesOf({ ...present, schedule: { open: false, opensAtMs: null } })).toEqual(['outside-schedule']);
    expect(codesOf({ ...present, engine: { kind: 'missing', detail: 'd', fix: 'f' } })).toEqual(['engine-missing']);
  });

  it('counts the owner of a dedicated rig as away, while heat and hours still hold', () => {
    const rig = { ...withReading(ABLE, 'input', unknown), settings: { ...DEFAULTS, 'presence.dedicated': true } };
    expect(codesOf(rig)).toEqual([]);
    for (const signal of ['gamepad', 'fullscreen', 'inhibitor', 'session', 'cpu'] as const)
      expect(codesOf(withReading(rig, signal, unknown)), signal).toEqual([]);
    const hot = withReading(rig, 'temperature', known([{ place: 'GPU', part: 'gpu', celsius: 90, criticalC: null }]));
    expect(codesOf({ ...hot, schedule: { open: false, opensAtMs: null } })).toEqual(['outside-schedule', 'hot']);
  });
});

describe('what happens to a running job', () => {
  it('freezes for input and names when it began', () => {
    expect(verdictOf(withReading(ABLE, 'input', known({ idleMs: 12 })))).toEqual({
      kind: 'freeze',
      causes: ['owner-active'],
      sinceMonotonicMs: -12,
    });
  });

  it('is ended at once for a program that fills the screen, and for a program it was told to make room for', () => {
    expect(verdictOf(withReading(ABLE, 'fullscreen', known({ program: 'game' }))).kind).toBe('evict');
    const named = { ...ABLE, settings: { ...DEFAULTS, 'programs.evictFor': ['game'], 'programs.freezeFor': ['editor'] } };
    expect(verdictOf(withReading(named, 'programs', known(['editor', 'game']))).kind).toBe('evict');
    expect(verdictOf(withReading(named, 'programs', known(['editor']))).kind).toBe('freeze');
  });

  it('is ended for GPU use by others where the GPU is what is shared, and frozen where it is not', () => {
    const busy = withReading(ABLE, 'gpu', known([{ gpu: 'GPU-1', program: 'game', vramBytes: 2 ** 31, busyShare: 0.9 }]));
    expect(verdictOf(busy).kind).toBe('freeze');
    expect(verdictOf({ ...busy, devices: [{ id: 'gpu_1', class: 'gpu', fault: null }] }).kind).toBe('evict');
  });

  it('does not take a desktop that draws itself for somebody’s use of the GPU', () => {
    const desktop = withReading(ABLE, 'gpu', known([{ gpu: 'GPU-1', program: 'gnome-shell', vramBytes: 2 ** 27, busyShare: 0.02 }]));
    expect(verdictOf(desktop).kind).toBe('run');
  });

  it('goes on while the network is away, the disk is full, or nothing new is wanted', () => {
    const offline: PolicyInput = {
      ...ABLE,
      session: { kind: 'offline', networkUrl: 'u', detail: 'd', retryAtMs: 1 },
      diskFull: true,
      mode: { kind: 'finishing', sinceMs: 0, untilMs: WALL_MS + 1 },
    };
    expect(verdictOf(offline).kind).toBe('run');
    expect(codesOf(offline)).toEqual(['finishing', 'network-unreachable', 'disk-full']);
  });

  it('runs gently while the owner is here where the owner allows a share, and stands still for anything else', () => {
    const gentle = { ...withReading(ABLE, 'input', known({ idleMs: 0 })), settings: { ...DEFAULTS, 'limits.busyCpuShare': 0.1 } };
    expect(verdictOf(gentle)).toMatchObject({ kind: 'throttle', cpuShare: 0.1 });
    expect(verdictOf(gentle, { ...JOB, deviceClass: 'gpu' }).kind).toBe('freeze');
    expect(verdictOf(withReading(gentle, 'metered', known(true))).kind).toBe('freeze');
  });
});

describe('hysteresis', () => {
  it('keeps work away for the idle delay after a film has ended, because its owner is most likely still there', () => {
    const film = withReading(ABLE, 'inhibitor', known([{ who: 'vlc', why: 'playing' }]));
    const { memory } = assess(freshMemory, film, at(0));
    const soon = assess(memory, ABLE, at(60_000));
    expect(soon.holding).toMatchObject([{ code: 'inhibited', standsNow: false, untilMs: WALL_MS + 300_000 }]);
    expect(assess(soon.memory, ABLE, at(300_000)).holding).toEqual([]);
  });

  it('lets a hot machine cool by 5 degrees and a minute', () => {
    const heat = (celsius: number) =>
      withReading(ABLE, 'temperature', known([{ place: 'CPU', part: 'cpu' as const, celsius, criticalC: null }]));
    let { memory } = assess(freshMemory, heat(93), at(0));
    ({ memory } = assess(memory, heat(90), at(60_000)));
    const cooler = assess(memory, heat(86), at(70_000));
    expect(cooler.holding.map((each) => each.code)).toEqual(['hot']);
    expect(assess(cooler.memory, heat(86), at(120_000)).holding).toEqual([]);
  });

  it('freezes, and no longer ends, a job after the game has been closed', () => {
    const game = withReading(ABLE, 'fullscreen', known({ program: 'game' }));
    const { memory } = assess(freshMemory, game, at(0));
    expect(verdictFor(assess(memory, ABLE, at(1_000)).holding, ABLE, JOB).kind).toBe('freeze');
  });

  it('lets go at once of what a setting has just made irrelevant, and of nothing else', () => {
    const noisy = withReading(withReading(ABLE, 'metered', known(true)), 'inhibitor', known([{ who: 'vlc', why: 'film' }]));
    const { memory } = assess(freshMemory, noisy, at(0));
    const allowed = { ...ABLE, settings: { ...DEFAULTS, 'network.onMetered': true } };
    expect(assess(memory, allowed, at(1_000)).holding.map((each) => each.code)).toEqual(['inhibited']);
  });

  it('measures the freeze of a job that went on gently from what came then', () => {
    const gentle = { ...withReading(ABLE, 'input', known({ idleMs: 0 })), settings: { ...DEFAULTS, 'limits.busyCpuShare': 0.1 } };
    const { memory } = assess(freshMemory, gentle, at(0));
    const dear = withReading(gentle, 'metered', known(true));
    expect(verdictFor(assess(memory, dear, at(600_000)).holding, dear, JOB)).toMatchObject({ kind: 'freeze', sinceMonotonicMs: 600_000 });
  });

  it('does not hold an owner’s word or a missing network beyond its end', () => {
    const input: PolicyInput = {
      ...ABLE,
      mode: { kind: 'paused', sinceMs: 0, untilMs: WALL_MS + 1 },
      session: { kind: 'connecting', networkUrl: 'u' },
    };
    const { memory } = assess(freshMemory, input, at(0));
    expect(assess(memory, ABLE, at(1)).holding).toEqual([]);
  });

  it('starts nothing in a sandbox that has not passed its check, unless the owner asks for none, nothing beside one, and lets a running job go on', () => {
    for (const sandbox of ['unchecked', 'checking', 'failed'] as const) {
      const input: PolicyInput = { ...ABLE, sandbox };
      expect(codesOf(input)).toEqual([sandbox === 'failed' ? 'sandbox-failed' : 'sandbox-unchecked']);
      expect(verdictOf(input)).toEqual({ kind: 'run' });
      const unasked = codesOf({ ...input, settings: { ...DEFAULTS, 'sandbox.checkFirst': false } });
      expect(unasked).toEqual(sandbox === 'checking' ? ['sandbox-unchecked'] : []);
      expect(codesOf({ ...input, engine: { kind: 'starting' } })).toEqual(['engine-starting']);
    }
  });

  it('does not take the engine’s own work for a job for use by others', () => {
    const busy = withReading(ABLE, 'cpu', known({ shareByOthers: 0.9 }));
    expect(codesOf(busy)).toEqual(['cpu-in-use']);
    expect(codesOf({ ...busy, ownWork: true })).toEqual([]);
  });
});

/** Any state of any signal. */
const readingOf = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Reading<T>> =>
  fc.oneof(
    { weight: 4, arbitrary: value.map(known) },
    { weight: 1, arbitrary: fc.constant(unknown) },
    { weight: 1, arbitrary: fc.constant(absent) },
  );
const idle = fc.oneof(fc.nat(400_000), fc.constant(86_400_000));
const anySignals: fc.Arbitrary<PolicyInput> = fc
  .record({
    input: fc.oneof(
      { weight: 5, arbitrary: idle.map((idleMs): Reading<{ idleMs: number }> => known({ idleMs })) },
      { weight: 1, arbitrary: fc.constant(unknown) },
    ),
    gamepad: readingOf(fc.option(idle).map((idleMs) => ({ idleMs }))),
    fullscreen: readingOf(fc.option(fc.constant({ program: 'game' }), { freq: 5 })),
    inhibitor: readingOf(fc.constantFrom([], [], [{ who: 'vlc', why: 'film' }])),
    session: readingOf(fc.record({ locked: fc.boolean(), remote: fc.boolean(), otherUser: fc.boolean() })),
    gpu: readingOf(fc.constantFrom([], [{ gpu: 'g', program: 'game', vramBytes: 2 ** 31, busyShare: 1 }])),
    power: readingOf(fc.record({ onAc: fc.boolean(), chargePercent: fc.option(fc.nat(100)), isLaptop: fc.boolean() })),
    temperature: readingOf(fc.nat(110).map((celsius) => [{ place: 'CPU', part: 'cpu' as const, celsius, criticalC: 100 }])),
    draw: readingOf(fc.nat(900).map((watts) => ({ watts }))),
    cpu: readingOf(fc.double({ min: 0, max: 1, noNaN: true }).map((shareByOthers) => ({ shareByOthers }))),
    programs: readingOf(fc.constantFrom([], ['game'])),
    metered: readingOf(fc.boolean()),
    sleep: readingOf(fc.boolean().map((suspending) => ({ suspending }))),
  })
  .chain((readings) =>
    fc.record({
      readings: fc.constant(readings),
      mode: fc.constantFrom<OwnerMode>(
        { kind: 'automatic' },
        { kind: 'automatic' },
        { kind: 'paused', sinceMs: 0, untilMs: 2 * WALL_MS },
        RUN_NOW,
      ),
      settings: fc
        .record({ dedicated: fc.boolean(), laptop: fc.boolean(), idleDelayMs: fc.constantFrom(1_000, 30_000, 300_000) })
        .map(({ dedicated, laptop, idleDelayMs }) => ({
          ...DEFAULTS,
          'presence.dedicated': dedicated,
          'presence.laptop': laptop,
          'presence.idleDelayMs': idleDelayMs,
          'programs.evictFor': ['game'],
        })),
      schedule: fc.boolean().map((open) => ({ open, opensAtMs: null })),
      engine: fc.constantFrom(ABLE.engine, ABLE.engine, { kind: 'starting' } as const),
      sandbox: fc.constantFrom('passed', 'passed', 'failed', 'unchecked', 'checking'),
      session: fc.constantFrom(ABLE.session, ABLE.session, { kind: 'connecting', networkUrl: 'u' } as const),
      stopping: fc.constantFrom(false, false, false, true),
      wokeAtMonotonicMs: fc.constant(null),
      ownWork: fc.boolean(),
      devices: fc.constantFrom(ABLE.devices, ABLE.devices, []),
      benchmarking: fc.constantFrom(false, false, true),
      diskFull: fc.constantFrom(false, false, true),
    }),
  );

/** Near a machine that may run, so that runs of signals lead in and out of running. */
const nearlyAble: fc.Arbitrary<PolicyInput> = fc
  .tuple(anySignals, fc.constantFrom<SignalName>('input', 'fullscreen', 'temperature', 'metered', 'cpu', 'power', 'gpu'))
  .map(([any, signal]) => ({
    ...ABLE,
    readings: { ...UNTOUCHED, [signal]: any.readings[signal] },
    settings: any.settings,
    schedule: any.schedule,
  }));

describe('no sequence of signals', () => {
  it('makes it run or start while a required signal is unknown or says present', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.oneof(anySignals, nearlyAble), fc.nat(200_000)), { minLength: 1, maxLength: 30 }), (steps) => {
        let memory: PolicyMemory = freshMemory;
        let nowMs = 0;
        for (const [input, stepMs] of steps) {
          nowMs += stepMs;
          const assessed = assess(memory, input, at(nowMs));
          memory = assessed.memory;
          if (reasonsNotToStart(assessed.holding, input).length === 0) {
            expect(mustNotRun(input, input.mode.kind === 'run-now')).toBe(false);
            expect(input.sandbox).toBe('passed');
          }
          if (verdictFor(assessed.holding, input, JOB).kind === 'run') expect(mustNotRun(input, false)).toBe(false);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('makes it flap faster than the hysteresis', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(nearlyAble, fc.nat(90_000)), { minLength: 5, maxLength: 60 }), (steps) => {
        const settings = steps[0]?.[0].settings ?? DEFAULTS;
        let memory: PolicyMemory = freshMemory;
        let nowMs = 0;
        let stoppedAtMs: number | null = null;
        for (const [step, stepMs] of steps) {
          nowMs += stepMs;
          const input = { ...step, settings };
          const assessed = assess(memory, input, at(nowMs));
          memory = assessed.memory;
          if (verdictFor(assessed.holding, input, JOB).kind !== 'run') {
            stoppedAtMs ??= nowMs;
          } else {
            if (stoppedAtMs !== null) expect(nowMs - stoppedAtMs).toBeGreaterThanOrEqual(settleMs(settings));
            stoppedAtMs = null;
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Written from the promise, not from the policy: what by itself forbids running. */
function mustNotRun(input: PolicyInput, runNow: boolean): boolean {
  const { readings: r, settings } = input;
  const dedicated = settings['presence.dedicated'];
  const is = <T>(reading: Reading<T>, says: (value: T) => boolean): boolean =>
    reading.kind === 'unknown' || (reading.kind === 'known' && says(reading.value));
  const owner =
    !runNow &&
    (r.input.kind === 'absent' ||
      is(r.input, ({ idleMs }) => idleMs < settings['presence.idleDelayMs']) ||
      is(r.gamepad, ({ idleMs }) => idleMs !== null && idleMs < settings['presence.idleDelayMs']));
  const screen =
    is(r.fullscreen, (window) => window !== null) ||
    is(r.inhibitor, (held) => held.length > 0) ||
    is(r.session, (s) => s.remote || s.otherUser);
  return (
    input.mode.kind === 'paused' ||
    !input.schedule.open ||
    (!dedicated && (owner || screen)) ||
    is(r.gpu, (uses) => uses.length > 0) ||
    is(r.programs, (running) => running.length > 0) ||
    is(r.power, (p) => !p.onAc || (p.isLaptop && !settings['presence.laptop'])) ||
    is(r.temperature, (places) => places.some((each) => each.celsius > 92)) ||
    is(r.metered, (metered) => metered) ||
    is(r.sleep, ({ suspending }) => suspending)
  );
}
