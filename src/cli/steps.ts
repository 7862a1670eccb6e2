import { clearLine, cursorTo } from 'node:readline';
import { styleText } from 'node:util';
import { cross, duration, tick } from './print.ts';

/** Progress of long steps: one line that lives while the step runs on a terminal, two plain lines elsewhere. */
export interface Step {
  /** What the step does right now. */
  update(detail: string): void;
  done(result: string): void;
  failed(detail: string): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export function beginStep(title: string): Step {
  const out = process.stdout;
  const startedMs = performance.now();
  let detail = '';
  let frame = 0;
  const took = (): string => {
    const ms = performance.now() - startedMs;
    return ms < 1000 ? '' : styleText('dim', ` (${duration(ms)})`);
  };
  if (!out.isTTY) {
    out.write(`· ${title} …\n`);
    return {
      update(next) {
        const plain = next.replace(/ \d+%$/, ''); // a percentage is for a line that is drawn again
        if (plain !== detail) out.write(`  ${plain}\n`);
        detail = plain;
      },
      done: (result) => void out.write(`${tick} ${result}${took()}\n`),
      failed: (reason) => void out.write(`${cross} ${reason}\n`),
    };
  }
  const draw = (text: string): void => {
    clearLine(out, 0);
    cursorTo(out, 0);
    out.write(text);
  };
  const spin = (): void => {
    frame = (frame + 1) % FRAMES.length;
    const text = `${FRAMES[frame]} ${title}${detail === '' ? '' : `: ${detail}`}`;
    draw(styleText('cyan', text.slice(0, Math.max(10, out.columns - 1))));
  };
  const timer = setInterval(spin, 100);
  const end = (text: string): void => {
    clearInterval(timer);
    draw(`${text}\n`);
  };
  return {
    update(next) {
      detail = next;
      spin();
    },
    done: (result) => end(`${tick} ${result}${took()}`),
    failed: (reason) => end(`${cross} ${reason}`),
  };
}

/** Runs a step; a failure marks the line and goes on to the caller. */
export async function step<T>(title: string, run: (step: Step) => Promise<T>, result: (value: T) => string): Promise<T> {
  const running = beginStep(title);
  try {
    const value = await run(running);
    running.done(result(value));
    return value;
  } catch (error) {
    running.failed(title);
    throw error;
  }
}
