import type { BenchmarkFailureCode } from '../../../contract/model/benchmark.ts';

/** What ends the suite for a reason that has a name. */
export class SuiteError extends Error {
  readonly code: BenchmarkFailureCode;

  constructor(code: BenchmarkFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}
