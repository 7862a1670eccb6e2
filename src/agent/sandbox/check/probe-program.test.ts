import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createAnswerReader } from './answers.ts';

const PROGRAM = fileURLToPath(new URL('../../../../resources/sandbox/probes/probes-x86-64', import.meta.url));

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'a probe that comes to another end than the one by which it is blocked has no answer',
  () => {
    // What it writes beyond the limit ends it by SIGXFSZ; it counts as blocked when SIGKILL does, for its memory.
    const output = execFileSync('sh', ['-c', 'ulimit -f 2048 && exec "$0" run fill-memory-file', PROGRAM]);
    expect(createAnswerReader()(output).get('fill-memory-file')?.result).toBe('unable');
  },
);
