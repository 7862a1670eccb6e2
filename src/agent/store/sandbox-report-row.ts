import { type SignedSandboxReport, signedSandboxReport } from '../../contract/model/sandbox.ts';
import type { Db } from './open.ts';

/** The report of the last whole check of the sandbox; null where there was none. */
export function readSandboxReport(db: Db): SignedSandboxReport | null {
  const row = db.prepare<[], { signed: string }>('SELECT signed FROM sandbox_report').get();
  return row ? signedSandboxReport.parse(JSON.parse(row.signed)) : null;
}

/** Puts it in the place of the one before. */
export function writeSandboxReport(db: Db, report: SignedSandboxReport): void {
  db.prepare('INSERT INTO sandbox_report (only, signed) VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET signed = excluded.signed').run(
    JSON.stringify(report),
  );
}
