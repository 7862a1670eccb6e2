import { createORPCClient, ORPCError } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import * as z from 'zod';
import { cloudContract } from '../contract/cloud-api.ts';
import { ProblemError, readProblem } from '../contract/model/problem.ts';
import { readTextIfPresent, writeFileDurably } from '../lib/files.ts';
import { problemFetch } from '../lib/problem-fetch.ts';
import type { Home } from './home.ts';

export type CloudClient = ContractRouterClient<typeof cloudContract>;

/** A network's address and a key to it. */
export const credentials = z.object({ networkUrl: z.url(), apiKey: z.string() });
export type Credentials = z.infer<typeof credentials>;

/** The typed client of the cloud API. Its failures are ProblemErrors with the network's own words. */
export function cloudClient(networkUrl: string, apiKey: string | null): CloudClient {
  const headers = (): Record<string, string> => (apiKey === null ? {} : { authorization: `Bearer ${apiKey}` });
  const link = new OpenAPILink(cloudContract, {
    url: networkUrl,
    headers,
    fetch: problemFetch,
    interceptors: [
      async ({ next }) => {
        try {
          return await next();
        } catch (error) {
          throw toProblem(error, networkUrl);
        }
      },
    ],
  });
  return createORPCClient(link);
}

/** What a failed call means, in the network's own words where it had any. */
export function toProblem(error: unknown, networkUrl: string): unknown {
  if (error instanceof ProblemError || (error instanceof Error && error.name === 'AbortError')) return error;
  if (error instanceof ORPCError) {
    const said = readProblem(error.data);
    if (said) return new ProblemError(said.code, said.detail, said.next, { cause: error });
    return error;
  }
  return new ProblemError(
    'network-unreachable',
    `No Nightshift network answers at ${networkUrl}.`,
    'Start it with `npm start`, or check the address.',
    {
      cause: error,
    },
  );
}

/** The renter's network and key: from the options, the environment, or what `nightshift start` has written. */
export function readCredentials(home: Home, options: { readonly network?: string; readonly key?: string }): Credentials {
  const networkUrl = options.network ?? process.env.NIGHTSHIFT_NETWORK;
  const apiKey = options.key ?? process.env.NIGHTSHIFT_KEY;
  const text = readTextIfPresent(home.renterFile);
  const stored = text === null ? null : credentials.safeParse(JSON.parse(text));
  const found = credentials.safeParse({ networkUrl: networkUrl ?? stored?.data?.networkUrl, apiKey: apiKey ?? stored?.data?.apiKey });
  if (found.success) return found.data;
  throw new ProblemError(
    'unauthorized',
    `No network and key are set for this user (${home.renterFile}).`,
    'Run `npm start` first, or give --network and --key.',
  );
}

export function writeCredentials(home: Home, value: Credentials): void {
  writeFileDurably(home.renterFile, `${JSON.stringify(value, null, 2)}\n`);
}
