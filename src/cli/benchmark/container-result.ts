import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CONTAINER_BENCHMARK_FILE,
  CONTAINER_BENCHMARK_MAX_BYTES,
  type ContainerBenchmarkResult,
  containerBenchmarkResult,
} from '../../contract/model/container-benchmark.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { plainText } from '../print.ts';

const SHOWN_CHARACTERS = 300;

/** Reads what a container benchmark has left in `folder`. Throws `invalid-request` with what is wrong: it was written by a stranger's program. */
export function readContainerResult(folder: string): ContainerBenchmarkResult {
  const path = join(folder, CONTAINER_BENCHMARK_FILE);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw malformed('it left no such file');
  if (!found.isFile()) throw malformed('it is no plain file');
  if (found.size > CONTAINER_BENCHMARK_MAX_BYTES) throw malformed(`it is larger than ${CONTAINER_BENCHMARK_MAX_BYTES / 1024} KiB`);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw malformed('it is not JSON', error);
  }
  const parsed = containerBenchmarkResult.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw malformed(`${issue?.path.join('.') || 'the whole of it'}: ${issue?.message ?? 'is not valid'}`, parsed.error);
}

const malformed = (what: string, cause?: unknown): ProblemError =>
  new ProblemError(
    'invalid-request',
    `The benchmark's ${CONTAINER_BENCHMARK_FILE} cannot be used: ${plainText(what).slice(0, SHOWN_CHARACTERS)}.`,
    'Correct the benchmark; docs/benchmark.md tells what belongs there.',
    { cause },
  );
