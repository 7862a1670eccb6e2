import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { readTextIfPresent, writeFileDurably } from '../../lib/files.ts';
import type { Home } from '../home.ts';

/** What this machine knows of a job it has submitted: enough to follow, fetch and verify it later. Folders are absolute. */
const runRecord = z.object({
  jobId: z.string(),
  jobFile: z.string(),
  folders: z.object({ work: z.string(), inputs: z.string(), outputs: z.string() }),
});
export type RunRecord = z.infer<typeof runRecord>;

const RECORD = 'run.json';

export function writeRunRecord(runDir: string, record: RunRecord): void {
  writeFileDurably(join(runDir, RECORD), `${JSON.stringify(record, null, 2)}\n`);
}

/** The record of a job, or null when it was not submitted from this home. */
export function findRunRecord(home: Home, jobId: string): RunRecord | null {
  const runs = join(home.root, 'runs');
  if (!existsSync(runs)) return null;
  for (const name of readdirSync(runs)) {
    const text = readTextIfPresent(join(runs, name, RECORD));
    const record = text === null ? null : runRecord.safeParse(JSON.parse(text)).data;
    if (record?.jobId === jobId) return record;
  }
  return null;
}
