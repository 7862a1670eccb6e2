import { type BenchmarkFailure, type BenchmarkRecord, type BenchmarkRun, SUITE_VERSION } from '../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../contract/model/device.ts';
import { compareWithDatasheet, datasheetOf, tooGoodNotes } from './datasheet.ts';
import type { Measured } from './run.ts';
import { scoreOf } from './score.ts';

export const runIdOf = (record: BenchmarkRecord): string => (record.kind === 'result' ? record.result.runId : record.failure.runId);

/** A run that ended without a result. */
export const failureRecord = (
  { runId, deviceId, occasion, startedAtMs }: BenchmarkRun,
  { step, code, detail, fix }: Pick<BenchmarkFailure, 'step' | 'code' | 'detail' | 'fix'>,
): BenchmarkRecord => ({ kind: 'failure', failure: { runId, deviceId, occasion, atMs: startedAtMs, step, code, detail, fix } });

/** What stands of a run whose end nobody lived to write. */
export const interruptedRecord = (run: BenchmarkRun): BenchmarkRecord =>
  failureRecord(run, {
    step: run.step,
    code: 'interrupted',
    detail: 'Nightshift or the machine went down before the benchmark had ended.',
    fix: 'If the whole machine went down, look at its power supply and its cooling before you measure again.',
  });

/** What was measured, with its score and with what is doubtful or missing among the notes. */
export function resultRecord(device: HardwareDevice, run: BenchmarkRun, measured: Measured): BenchmarkRecord {
  const { vector, conditions, sustained, notes, durationMs } = measured;
  const { score, missing } = scoreOf(vector);
  const sheet = datasheetOf(conditions.deviceName, device.memoryBytes?.value ?? null);
  const result = {
    runId: run.runId,
    deviceId: run.deviceId,
    suiteVersion: SUITE_VERSION,
    occasion: run.occasion,
    atMs: run.startedAtMs,
    durationMs,
    conditions,
    vector,
    sustained,
    score,
    notes: [...notes, ...tooGoodNotes(compareWithDatasheet(vector, sheet)), ...(missing === null ? [] : [missing])],
  };
  return { kind: 'result', result };
}
