import type { TimeCode } from '../contract/model/presence.ts';
import type { Earnings, EngineState, LiveLease } from '../contract/worker-api.ts';
import type { DeviceRooms } from './device-rooms.ts';
import { readStatement } from './earnings/statement.ts';
import { underpaidNotices } from './earnings/underpaid.ts';
import type { Leases } from './lease/leases.ts';
import type { NetworkLink } from './network-link.ts';
import type { PresenceWatch } from './presence/presence.ts';
import type { SandboxKeeper } from './sandbox-keeper.ts';
import type { StateTree } from './state.ts';
import { readLedgerMark } from './store/invoice-rows.ts';
import { type Db, readTotalChanges } from './store/open.ts';

export interface SlicesDeps {
  readonly db: Db;
  readonly state: StateTree;
  readonly rooms: DeviceRooms;
  readonly leases: Leases;
  readonly presence: PresenceWatch;
  readonly sandbox: SandboxKeeper;
  readonly link: NetworkLink;
  readonly engine: () => EngineState;
}

/** The statement also follows the calendar: a new day, a holdback that ends. */
const STATEMENT_EVERY_MS = 30_000;

/** Brings what the rooms hold into the state tree. What is dear to read is read again only when it may have changed. */
export function openSlices(deps: SlicesDeps): (nowMs: number) => void {
  const { db, state, leases, presence } = deps;
  let seenChanges = -1;
  let ledgerMark = '';
  let statement: { readonly mark: string; readonly atMs: number; readonly earnings: Earnings } | null = null;

  return (nowMs) => {
    const { link } = deps;
    const enrolment = link.enrolment();
    const engine = deps.engine();
    deps.rooms.show(state);
    state.set('presence', presence.presence());
    state.set('sensors', [...presence.report()]);
    state.set('session', link.session());
    const sandbox = { engine, ...deps.sandbox.view() };
    // Its report is large: comparing it as text each time would cost more than all the rest here.
    if (Object.entries(sandbox).some(([name, value]) => value !== state.get('sandbox')[name as keyof typeof sandbox]))
      state.set('sandbox', sandbox);
    state.set('worker', { ...state.get('worker'), id: enrolment?.workerId ?? null });
    const live = leases.live();
    state.set('leases', [...live]);

    const unsealedMicro = live.reduce((sum, lease) => sum + lease.netMicro, 0);
    const changes = readTotalChanges(db);
    if (changes !== seenChanges) ledgerMark = readLedgerMark(db);
    seenChanges = changes;
    const mark = `${ledgerMark} ${enrolment?.workerId}`;
    if (statement === null || statement.mark !== mark || Math.abs(nowMs - statement.atMs) > STATEMENT_EVERY_MS) {
      const earnings = readStatement(db, enrolment, deps.rooms.devices(), unsealedMicro, link.reconciliation(), nowMs);
      statement = { mark, atMs: nowMs, earnings };
      state.set('notices', [...underpaidNotices(db)]);
    }
    state.set('earnings', { ...statement.earnings, unsealedMicro, reconciliation: link.reconciliation() });
  };
}

/** What this moment is put down to; no code: earning. */
export function timeCodesOf(presence: PresenceWatch, live: readonly LiveLease[]): readonly TimeCode[] {
  if (live.some((lease) => lease.step === 'running')) return [];
  const { reasons } = presence.presence();
  if (reasons.length > 0) return reasons.map((reason) => reason.code);
  return live.some((lease) => lease.step !== 'settling') ? ['preparing'] : ['no-job'];
}
