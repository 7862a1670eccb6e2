/** The arithmetic of one account, pure. Every account is credit-normal: what it holds is credits minus debits. */
export interface Balances {
  readonly postedDebits: number;
  readonly postedCredits: number;
  readonly pendingDebits: number;
  readonly pendingCredits: number;
}

export const EMPTY: Balances = { postedDebits: 0, postedCredits: 0, pendingDebits: 0, pendingCredits: 0 };

/** The accounts of the ledger by name. `mint` makes TEST credits and is the only one that may go below zero. */
export const ledgerAccount = {
  mint: 'mint',
  hold: 'hold',
  platform: 'platform',
  renter: (accountId: string) => `renter:${accountId}`,
  owner: (accountId: string) => `owner:${accountId}`,
  holdback: (accountId: string) => `holdback:${accountId}`,
} as const;

export const mayOverdraw = (account: string): boolean => account === ledgerAccount.mint;

/** What is there, in micro-credits, pending transfers aside. */
export const holds = (balances: Balances): number => balances.postedCredits - balances.postedDebits;
/** What may be spent: pending debits are already promised, pending credits are not here yet. */
export const available = (balances: Balances): number => holds(balances) - balances.pendingDebits;

export type Side = 'debit' | 'credit';

/** A change of one side: `pendMicro` is added to pending, `postMicro` to posted. */
export function applied(balances: Balances, side: Side, pendMicro: number, postMicro: number): Balances {
  const { postedDebits, postedCredits, pendingDebits, pendingCredits } = balances;
  const next: Balances =
    side === 'debit'
      ? { postedDebits: postedDebits + postMicro, postedCredits, pendingDebits: pendingDebits + pendMicro, pendingCredits }
      : { postedDebits, postedCredits: postedCredits + postMicro, pendingDebits, pendingCredits: pendingCredits + pendMicro };
  if (!Object.values(next).every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw new RangeError('a balance left the range of safe whole numbers');
  }
  return next;
}
