import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { cleanLine, createLogTail, pumpLog } from './log-pump.ts';

describe('log pump', () => {
  it('goes on where an earlier run of the agent stopped, at any byte', async () => {
    const whole = Buffer.from('epoch 1 ✓\nepoch 2 ✓\nepoch 3 ✓\n');
    for (let written = 0; written <= whole.length; written++) {
      const path = join(tempFolder(), 'log');
      writeFileSync(path, whole.subarray(0, written));
      async function* log(): AsyncGenerator<Buffer> {
        for (let at = 0; at < whole.length; at += 7) yield whole.subarray(at, at + 7);
      }
      await pumpLog(log(), path, written, createLogTail());
      expect(readFileSync(path)).toEqual(whole);
    }
  });

  it('says by a rejection that the log cannot be written, and ends no process', async () => {
    async function* log(): AsyncGenerator<Buffer> {
      yield Buffer.from('line\n');
      await new Promise((resolve) => setTimeout(resolve, 50)); // the job says nothing for a while
      yield Buffer.from('line\n');
    }
    await expect(pumpLog(log(), '/dev/full', 0, createLogTail())).rejects.toThrow(/ENOSPC/);
    await expect(pumpLog(log(), join(tempFolder(), 'nowhere', 'log'), 0, createLogTail())).rejects.toThrow(/ENOENT/);
  });

  it('shows no terminal sequences, control characters or overwritten text', () => {
    expect(cleanLine('\u001b[31mred\u001b[0m \u0007bell')).toBe('red bell');
    expect(cleanLine('10%\r50%\r100%')).toBe('100%');
    expect(cleanLine('\u001b]0;owned\u0007title')).not.toContain('\u001b');
    expect(cleanLine('x'.repeat(10_000)).length).toBeLessThanOrEqual(300);
  });

  it('keeps the last lines, the unfinished one included', () => {
    const tail = createLogTail();
    for (let index = 0; index < 40; index++) tail.push(Buffer.from(`line ${index}\n`));
    tail.push(Buffer.from('half'));
    expect(tail.lines()).toHaveLength(12);
    expect(tail.lines().at(-1)).toBe('half');
  });
});
