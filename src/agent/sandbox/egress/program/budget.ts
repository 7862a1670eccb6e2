import { Transform } from 'node:stream';

/** What a job may still send and receive, over all its connections. */
export interface Budget {
  /** Takes so many bytes off; false: there are not so many left, and none will be again. */
  spend(bytes: number): boolean;
  isSpent(): boolean;
}

export function createBudget(maxBytes: number): Budget {
  let leftBytes = maxBytes;
  return {
    spend(bytes) {
      leftBytes = bytes > leftBytes ? -1 : leftBytes - bytes;
      return leftBytes >= 0;
    },
    isSpent: () => leftBytes <= 0,
  };
}

/** Passes bytes on while the budget lasts, then fails; nothing of what does not fit goes through. */
export class Meter extends Transform {
  passedBytes = 0;
  readonly #budget: Budget;
  readonly #onSpent: () => void;

  constructor(budget: Budget, onSpent: () => void) {
    super();
    this.#budget = budget;
    this.#onSpent = onSpent;
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, chunk?: Buffer) => void): void {
    if (!this.#budget.spend(chunk.length)) {
      this.#onSpent();
      done(new Error('no bytes left'));
      return;
    }
    this.passedBytes += chunk.length;
    done(null, chunk);
  }
}
