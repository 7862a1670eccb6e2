import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobPath } from '../../contract/cloud-api.ts';
import { problem } from '../../contract/model/problem.ts';
import type { RunningNetwork } from '../network.ts';
import { type Cast, cloudFor, openAccounts, startTestNetwork, TEST_SPEC } from '../testing/network.ts';
import { tempDir } from '../testing/temp-dir.ts';

let network: RunningNetwork;
let cast: Cast;
const dir = tempDir();

beforeAll(async () => {
  network = await startTestNetwork(dir.path);
  cast = await openAccounts(network, dir.path);
});
afterAll(async () => {
  await network.close();
  dir[Symbol.dispose]();
});

async function ask(method: string, path: string, apiKey: string | null, body?: string): Promise<Response> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (apiKey !== null) headers.authorization = `Bearer ${apiKey}`;
  return fetch(network.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
}

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const found = problem.parse(await response.json());
  expect(found.status).toBe(response.status);
  return found;
}

describe('every failure is a problem document', () => {
  test('without a key, with an unknown key, with the key of another kind', async () => {
    expect(await problemOf(await ask('GET', '/v1/account', null))).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(await problemOf(await ask('GET', '/v1/account', 'nsk_wrong'))).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(await problemOf(await ask('GET', '/v1/workers', cast.renter.apiKey))).toMatchObject({ status: 403, code: 'forbidden' });
  });

  test('for what is not there', async () => {
    const key = cast.renter.apiKey;
    expect(await problemOf(await ask('GET', '/v1/nothing', null))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await problemOf(await ask('GET', '/v1/jobs/job_none', key))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await problemOf(await ask('GET', '/v1/jobs/job_none/events', key))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await problemOf(await ask('GET', blobPath(`sha256:${'0'.repeat(64)}`), key))).toMatchObject({ status: 404, code: 'not-found' });
  });

  test('for a request that is not valid, naming the field', async () => {
    const bad = JSON.stringify({ spec: { ...TEST_SPEC, timeLimitMs: -1 }, idempotencyKey: 'some-key-1' });
    const found = await problemOf(await ask('POST', '/v1/jobs', cast.renter.apiKey, bad));
    expect(found).toMatchObject({ status: 400, code: 'invalid-request' });
    expect(found.detail).toContain('spec.timeLimitMs');
    expect(await problemOf(await ask('POST', '/v1/jobs', cast.renter.apiKey, '{'))).toMatchObject({ code: 'invalid-request' });
    expect(await problemOf(await ask('GET', '/v1/jobs?limit=many', cast.renter.apiKey))).toMatchObject({ code: 'invalid-request' });
    expect(await problemOf(await ask('PUT', '/v1/blobs/nonsense', cast.renter.apiKey, 'x'))).toMatchObject({ code: 'invalid-request' });
  });

  test('for a job that cannot be paid, saying what is needed and what is there', async () => {
    const spec = { ...TEST_SPEC, maxMicroPerHour: 11_000_000 };
    const body = JSON.stringify({ spec, idempotencyKey: 'too-dear-key' });
    const found = await problemOf(await ask('POST', '/v1/jobs', cast.renter.apiKey, body));
    expect(found).toMatchObject({ status: 402, code: 'insufficient-credits' });
    expect(found.detail).toBe('The job needs 11 TEST credits held, 10 are available.');
  });

  test('for limits whose product no account can hold', async () => {
    const spec = { ...TEST_SPEC, timeLimitMs: 7 * 24 * 3_600_000, maxMicroPerHour: Number.MAX_SAFE_INTEGER };
    const body = JSON.stringify({ spec, idempotencyKey: 'beyond-count-key' });
    expect(await problemOf(await ask('POST', '/v1/jobs', cast.renter.apiKey, body))).toMatchObject({
      status: 400,
      code: 'invalid-request',
    });
  });

  test('for inputs that were not uploaded, and for bytes with another digest', async () => {
    const spec = { ...TEST_SPEC, inputs: { digest: `sha256:${'1'.repeat(64)}`, sizeBytes: 4 } };
    const body = JSON.stringify({ spec, idempotencyKey: 'no-inputs-key' });
    expect(await problemOf(await ask('POST', '/v1/jobs', cast.renter.apiKey, body))).toMatchObject({ status: 422, code: 'inputs-missing' });
    const put = await ask('PUT', blobPath(spec.inputs.digest), cast.renter.apiKey, 'data');
    expect(await problemOf(put)).toMatchObject({ status: 400, code: 'invalid-request' });
  });
});

describe('a job', () => {
  test('is the same for the same key and body, and a conflict for another body', async () => {
    const renter = cloudFor(network.url, cast.renter.apiKey);
    const first = await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: 'idempotent-1' });
    const again = await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: 'idempotent-1' });
    expect(again.id).toBe(first.id);
    expect((await renter.accounts.me()).balance).toMatchObject({ availableMicro: 9_000_000, heldMicro: 1_000_000 });
    const other = JSON.stringify({ spec: { ...TEST_SPEC, name: 'other' }, idempotencyKey: 'idempotent-1' });
    const conflict = await ask('POST', '/v1/jobs', cast.renter.apiKey, other);
    expect(await problemOf(conflict)).toMatchObject({ status: 409, code: 'idempotency-conflict' });
    await renter.jobs.cancel({ id: first.id });
  });

  test('that is queued is cancelled at once, its hold comes back, and its watchers see the end', async () => {
    const renter = cloudFor(network.url, cast.renter.apiKey);
    const { id } = await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: 'cancelled-1' });
    const states: string[] = [];
    const watching = (async () => {
      for await (const job of await renter.jobs.watch({ id })) {
        states.push(job.state);
        if (job.state === 'queued') await renter.jobs.cancel({ id });
      }
    })();
    await watching;
    expect(states).toEqual(['queued', 'cancelled']);
    for await (const _ of await renter.jobs.log({ id })) throw new Error('a job that never ran has no log');
    expect((await renter.accounts.me()).balance).toMatchObject({ availableMicro: 10_000_000, heldMicro: 0 });
  });

  test('is listed newest first, page by page', async () => {
    const { account, apiKey } = await cloudFor(network.url, cast.operatorKey).accounts.create({ kind: 'renter', name: 'Lister' });
    await cloudFor(network.url, cast.operatorKey).accounts.mint({ id: account.id, amountMicro: 10_000_000, mintKey: 'mint-lister' });
    const renter = cloudFor(network.url, apiKey);
    const made: string[] = [];
    for (const key of ['list-key-1', 'list-key-2', 'list-key-3']) {
      made.unshift((await renter.jobs.create({ spec: TEST_SPEC, idempotencyKey: key })).id);
    }
    made.sort().reverse();
    const page = await renter.jobs.list({ limit: 2 });
    expect(page.items.map(({ id }) => id)).toEqual(made.slice(0, 2));
    const rest = await renter.jobs.list({ limit: 2, cursor: page.nextCursor ?? '' });
    expect(rest.items.map(({ id }) => id)).toEqual(made.slice(2));
    expect(rest.nextCursor).toBeNull();
  });
});

test('a blob is for who put it', async () => {
  const bytes = 'some bytes';
  const path = blobPath(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  expect((await ask('PUT', path, cast.renter.apiKey, bytes)).status).toBe(204);
  expect(await (await ask('GET', path, cast.renter.apiKey)).text()).toBe(bytes);
  expect(await problemOf(await ask('GET', path, cast.owner.apiKey))).toMatchObject({ status: 404 });
  expect(await problemOf(await ask('PUT', path, cast.owner.apiKey, bytes))).toMatchObject({ status: 403 });
});

test('credits are minted once per key, by the operator, to a renter', async () => {
  const operator = cloudFor(network.url, cast.operatorKey);
  const { account } = await operator.accounts.create({ kind: 'renter', name: 'Mint' });
  await operator.accounts.mint({ id: account.id, amountMicro: 5, mintKey: 'mint-key-1' });
  const after = await operator.accounts.mint({ id: account.id, amountMicro: 5, mintKey: 'mint-key-1' });
  expect(after.balance.availableMicro).toBe(5);
  const body = JSON.stringify({ amountMicro: 6, mintKey: 'mint-key-1' });
  const conflict = await ask('POST', `/v1/accounts/${account.id}/actions/mint`, cast.operatorKey, body);
  expect(await problemOf(conflict)).toMatchObject({ status: 409 });
  expect(await problemOf(await ask('POST', `/v1/accounts/${account.id}/actions/mint`, cast.renter.apiKey, body))).toMatchObject({
    status: 403,
  });
});

test('enrolment needs a good token and proof of the key', async () => {
  const claim = { token: 'nse_unknown', publicKey: 'AAAA', name: 'w', devices: [] };
  const body = JSON.stringify({ claim, signature: 'AAAA' });
  expect(await problemOf(await ask('POST', '/v1/workers', null, body))).toMatchObject({ status: 403, code: 'enrolment-refused' });
});

test('prices are for everyone, and described', async () => {
  const found = await cloudFor(network.url, null).prices();
  expect(found.items.map(({ deviceClass, asks }) => [deviceClass, asks])).toEqual([
    ['gpu', null],
    ['cpu', null],
  ]);
  const document = (await (await ask('GET', '/openapi.json', null)).json()) as { paths: Record<string, object> };
  expect(Object.keys(document.paths)).toContain('/v1/prices');
});

test('health and the API description are there for everyone, secrets only for their owner', async () => {
  expect(await (await ask('GET', '/health', null)).json()).toEqual({ status: 'ok' });
  const document = (await (await ask('GET', '/openapi.json', null)).json()) as { paths: Record<string, Record<string, unknown>> };
  expect(document.paths['/v1/jobs/{id}/actions/cancel']?.post).toMatchObject({
    responses: { default: { $ref: '#/components/responses/Problem' } },
  });
  for (const file of ['operator.json', 'network.key']) {
    expect(statSync(join(dir.path, 'network', file)).mode & 0o777).toBe(0o600);
  }
});
