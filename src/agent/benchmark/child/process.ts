import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { BenchmarkFailureCode, BenchmarkStep } from '../../../contract/model/benchmark.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type Order, type Report, report } from './messages.ts';

export interface ChildOptions {
  /** Program and arguments: a prefix that isolates, Node, the module. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly order: Order;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of the child, checked. */
  heard(report: Report): void;
  /** Called a few times a second, with the time since the last call. */
  waited(sinceMs: number): void;
}

/** How a child ended. `step` is the one it was in. */
export type ChildEnd =
  | { readonly kind: 'done'; readonly report: Extract<Report, { kind: 'done' }> }
  | { readonly kind: 'failed'; readonly step: BenchmarkStep; readonly code: BenchmarkFailureCode; readonly detail: string }
  | { readonly kind: 'silent'; readonly step: BenchmarkStep; readonly silentMs: number }
  | { readonly kind: 'overdue'; readonly step: BenchmarkStep }
  | { readonly kind: 'garbage'; readonly step: BenchmarkStep }
  | { readonly kind: 'unstartable'; readonly detail: string }
  | { readonly kind: 'cancelled'; readonly step: BenchmarkStep }
  | {
      readonly kind: 'ended';
      readonly step: BenchmarkStep;
      readonly exitCode: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly lastWords: string;
    };

const LOOK_MS = 250;
/** A look that comes later than this counts no more: the machine slept, or had no time for us, and so perhaps none for the child. */
const LATE_MS = 4 * LOOK_MS;
/** Starting a process and loading a driver may take this many times the longest silence: from a cold disk, past a virus scanner. */
const STARTING = 3;
/** A step in which things go on, but which takes this many times its usual time and the longest silence, comes to no end. */
const PATIENCE = 5;
const LINE_CHARACTERS = 100_000;
const LAST_WORDS_CHARACTERS = 4_000;
/** What is left of a killed process ends when the driver lets it; nobody waits for that. */
const REAP_MS = 500;

/**
 * Runs a child that measures until it has said what it found, or has ended, or hangs. It is killed at the end in every case: a driver may
 * keep a process from exiting. The child speaks over a pipe of its own (descriptor 3) and not over Node's channel, which throws in the agent
 * when a child writes into it what is no message; it notices our end by its standard input.
 */
export function runChild(options: ChildOptions): Promise<ChildEnd> {
  const { command, env, order, clock, signal } = options;
  const [program = '', ...args] = command;
  let step: BenchmarkStep = 'starting';
  if (signal.aborted) return Promise.resolve({ kind: 'cancelled', step });
  // The three pipes are there: stdio asks for them.
  const child = spawn(program, args, {
    env,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    windowsHide: true,
  }) as ChildProcessWithoutNullStreams;

  return new Promise((resolve) => {
    let lookedMs = clock.monotonicMs();
    let stepMs = 0;
    let silentMs = 0;
    let said: ChildEnd | null = null;
    let lastWords = '';
    let reaping: NodeJS.Timeout | undefined;

    /** The first reason stands; the promise resolves when the process is gone, or was given time to go. */
    function end(reason: ChildEnd): void {
      if (said !== null) return;
      said = reason;
      clearInterval(looking);
      signal.removeEventListener('abort', cancel);
      child.kill('SIGKILL');
      reaping = setTimeout(() => resolve(reason), REAP_MS);
    }
    const cancel = (): void => end({ kind: 'cancelled', step });
    signal.addEventListener('abort', cancel, { once: true });

    function hear(line: string): void {
      const heard = parse(line);
      if (heard === null) {
        end({ kind: 'garbage', step });
        return;
      }
      silentMs = 0;
      if (heard.kind === 'progress' && heard.step !== step) {
        step = heard.step;
        stepMs = 0;
      }
      if (heard.kind === 'done') end({ kind: 'done', report: heard });
      else if (heard.kind === 'failed') end({ kind: 'failed', step: heard.step, code: heard.code, detail: heard.detail });
      else if (said === null) options.heard(heard);
    }

    const looking = setInterval(() => {
      const nowMs = clock.monotonicMs();
      const sinceMs = Math.min(nowMs - lookedMs, LATE_MS);
      lookedMs = nowMs;
      stepMs += sinceMs;
      silentMs += sinceMs;
      const { limits } = order;
      if (silentMs > limits.silenceMs * (step === 'starting' ? STARTING : 1)) end({ kind: 'silent', step, silentMs });
      else if (stepMs > PATIENCE * (limits.stepMs[step] + limits.silenceMs)) end({ kind: 'overdue', step });
      else options.waited(sinceMs);
    }, LOOK_MS);

    child.on('error', (error) => end({ kind: 'unstartable', detail: error.message }));
    const ended = (exitCode: number | null, endedBy: NodeJS.Signals | null): void =>
      end({ kind: 'ended', step, exitCode, signal: endedBy, lastWords });
    child.on('exit', (exitCode, endedBy) => setTimeout(() => ended(exitCode, endedBy), REAP_MS)); // what a driver started may keep the pipes
    child.on('close', (exitCode, endedBy) => {
      ended(exitCode, endedBy);
      clearTimeout(reaping);
      if (said !== null) resolve(said);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      lastWords = clean(lastWords + text).slice(-LAST_WORDS_CHARACTERS);
    });
    child.stdin.on('error', () => child.stdin.destroy()); // a child that is gone reads nothing; how it ended is said by `close`
    child.stdin.write(`${JSON.stringify(order)}\n`); // and left open: its end is ours
    readLines(child.stdio[3] as Readable, hear); // as above
  });
}

function parse(line: string): Report | null {
  try {
    return report.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null; // no JSON
  }
}

function readLines(pipe: Readable, take: (line: string) => void): void {
  let rest = '';
  pipe.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
    if (rest.length > LINE_CHARACTERS) {
      take(rest); // longer than anything we say: it will not parse
      rest = '';
    }
  });
}

/** As it may be shown: without the codes that move a terminal's cursor. */
const clean = (text: string): string => stripVTControlCharacters(text).replaceAll(/[^\P{Cc}\n]/gu, '');
