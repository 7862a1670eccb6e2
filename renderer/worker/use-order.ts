import { ORPCError } from '@orpc/client';
import { useState } from 'react';
import { problem } from '../../src/contract/model/problem.ts';
import { t } from '../ui/i18n/t.ts';
import { useConnection, type WorkerClient } from './store.ts';

export interface Order<Input> {
  readonly send: (input: Input) => void;
  /** A sentence for the owner when the agent did not carry it out; null otherwise. */
  readonly failure: string | null;
  /** False while it runs, and while there is no agent to give it to. */
  readonly possible: boolean;
}

/** What went wrong with a call, for a person. */
export function failureText(error: unknown): string {
  if (!(error instanceof ORPCError)) return t('failed.offline');
  const known = problem.safeParse(error.data);
  return known.success ? `${known.data.detail} ${known.data.next}` : t('failed.unknown');
}

/** An order to the agent, given by a button: one at a time, its failure shown where it was given. */
export function useOrder<Input = void>(give: (client: WorkerClient, input: Input) => Promise<unknown>): Order<Input> {
  const connection = useConnection();
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const send = (input: Input): void => {
    if (connection.kind !== 'live' || pending) return;
    setPending(true);
    setFailure(null);
    give(connection.client, input)
      .catch((error: unknown) => setFailure(failureText(error)))
      .finally(() => setPending(false));
  };
  return { send, failure, possible: connection.kind === 'live' && !pending };
}
