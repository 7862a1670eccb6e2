import type { BenchmarkFailureCode, BenchmarkStep } from '../../../contract/model/benchmark.ts';
import type { ChildEnd } from './process.ts';

export interface Failure {
  readonly kind: 'failed';
  readonly step: BenchmarkStep;
  readonly code: BenchmarkFailureCode;
  readonly detail: string;
  readonly fix: string | null;
}

/** What the system says about the moment a child ended. Null: it does not say. */
export interface Circumstances {
  /** The kernel has ended a process for want of memory meanwhile. */
  readonly memoryRanOut: boolean | null;
  /** The driver is not the one the run began with. */
  readonly driverChanged: boolean;
}

const FIXES: Readonly<Record<BenchmarkFailureCode, string | null>> = {
  'no-adapter': "Install the maker's graphics driver with Vulkan, then run npx nightshift doctor.",
  'wrong-device': 'Look at the driver of this card, or take the other cards out and measure this one alone.',
  hung: 'Update the graphics driver. If the card is overclocked, set it back, then measure again.',
  crashed: 'Update the graphics driver, then measure again.',
  'out-of-memory': 'Close programs that use the graphics card or much memory, then measure again.',
  'device-lost': 'Restart the machine. If it happens again, look at the power supply, the riser and the temperature of this card.',
  'driver-changed': 'Restart the machine if an update asks for it, then measure again.',
  'wrong-results': 'If the card is overclocked or too hot, set it back or cool it; a card that goes on computing wrongly is broken.',
  cancelled: null,
  interrupted: null,
  failed: 'Measure again; if it happens again, please report it with this message.',
};

/** A failure with what to do about it. */
export const failure = (step: BenchmarkStep, code: BenchmarkFailureCode, detail: string): Failure => ({
  kind: 'failed',
  step,
  code,
  detail,
  fix: FIXES[code],
});

/** Signals by which a processor or the C library ends a program that goes wrong. */
const CRASHES: readonly (NodeJS.Signals | null)[] = ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS'];
/** As the shell and Windows count: 128 and the signal; STATUS_ACCESS_VIOLATION and its like. */
const isCrashCode = (exitCode: number | null): boolean => exitCode !== null && (exitCode > 128 || exitCode < 0);
const NO_MEMORY = /out of memory|OUT_OF_(?:HOST|DEVICE)_MEMORY|bad_alloc|(?:cannot|unable to) allocate/i;
/** Lines of a stack trace and its frame, as V8 and Node print them, and warnings that Dawn always gives, tell an owner nothing. */
const NO_WORDS = /^(?:at |\d+: |-{3}|#$|warning:)/i;
const LAST_LINE_CHARACTERS = 300;

/** Why a run ended without a result, in words for the owner. Pure. */
export function explain(end: Exclude<ChildEnd, { kind: 'done' }>, circumstances: Circumstances): Failure {
  if (end.kind === 'cancelled') return failure(end.step, 'cancelled', 'The benchmark was cancelled.');
  if (end.kind === 'unstartable') return failure('starting', 'failed', `The benchmark could not be started: ${end.detail}.`);
  if (circumstances.driverChanged)
    return failure(end.step, 'driver-changed', 'The graphics driver was replaced while the benchmark ran, so nothing it found counts.');
  switch (end.kind) {
    case 'failed':
      return failure(end.step, end.code, end.detail);
    case 'silent':
      return failure(
        end.step,
        'hung',
        `The device or its driver hung: nothing for ${Math.round(end.silentMs / 1_000)} s. The benchmark was ended.`,
      );
    case 'overdue':
      return failure(
        end.step,
        'hung',
        'The device comes to no end with a part of the benchmark that takes others seconds. The benchmark was ended.',
      );
    case 'garbage':
      return failure(end.step, 'failed', 'The benchmark said something that is no report, so it was ended.');
    case 'ended':
      return explainExit(end, circumstances.memoryRanOut);
  }
}

function explainExit(end: Extract<ChildEnd, { kind: 'ended' }>, memoryRanOut: boolean | null): Failure {
  const { step, exitCode, signal, lastWords } = end;
  const lines = lastWords.split('\n').map((line) => line.trim());
  const lastLine = lines.findLast((line) => line !== '' && !NO_WORDS.test(line))?.slice(0, LAST_LINE_CHARACTERS) ?? '';
  const words = lastLine === '' ? '' : ` Its last words: ${lastLine}`;
  const killed = signal === 'SIGKILL' || exitCode === 137;
  if (killed && memoryRanOut !== false)
    return failure(step, 'out-of-memory', `The system ended the benchmark because its memory ran out.${words}`);
  if (NO_MEMORY.test(lastWords)) return failure(step, 'out-of-memory', `Memory ran out while measuring.${words}`);
  if (killed) return failure(step, 'failed', `Another program ended the benchmark (SIGKILL).${words}`);
  if (CRASHES.includes(signal) || isCrashCode(exitCode))
    return failure(step, 'crashed', `The graphics driver crashed the benchmark (${signal ?? `exit code ${exitCode}`}).${words}`);
  return failure(step, 'failed', `The benchmark ended before it was done (${signal ?? `exit code ${exitCode}`}).${words}`);
}
