import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProblemError } from '../../../contract/model/problem.ts';
import { parsePinnedName } from './registries.ts';
import { checkInRegistry } from './registry-check.ts';
import { openRegistry } from './registry-client.ts';
import { type HostileRegistry, startHostileRegistry } from './testing/hostile-registry.ts';
import { descriptorOf, digestOf, fileLayer, type ImageParts, imageParts, OCI } from './testing/image-parts.ts';

const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
const layer = await fileLayer('file', 'content');
let registry: HostileRegistry;

beforeEach(async () => {
  registry = await startHostileRegistry();
});
afterEach(() => registry[Symbol.asyncDispose]());

function held(parts: ImageParts): string {
  registry.hold('blobs', parts.config, OCI.config);
  return registry.hold('manifests', parts.manifest, OCI.manifest);
}

interface Terms {
  readonly allowed?: readonly string[];
  readonly maxImageBytes?: number;
  readonly timeoutMs?: number;
}

function check(digest: string, { allowed = [registry.host], maxImageBytes = 1e9, timeoutMs = 10_000 }: Terms = {}) {
  const name = parsePinnedName(`${registry.host}/x@${digest}`);
  if (name === null) throw new Error('no name');
  const client = openRegistry(name, { allowed, signal: new AbortController().signal, timeoutMs });
  return checkInRegistry(client, name, maxImageBytes, platform);
}

async function refusalOf(checked: Promise<unknown>): Promise<string> {
  const error = await checked.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProblemError)) throw error ?? new Error('it was not refused');
  expect(error.problem.next).not.toBe('');
  return `${error.problem.code}: ${error.problem.detail}`;
}

const absent = `sha256:${'0'.repeat(64)}`;
const redirect =
  (location: string, status = 307) =>
  (_request: unknown, response: { writeHead: (status: number, headers: Record<string, string>) => { end: () => void } }) =>
    response.writeHead(status, { location }).end();

test('an image is known by its configuration, its manifest and the size of its layers before one is pulled', async () => {
  const parts = imageParts([layer]);
  const digest = held(parts);
  expect(await check(digest)).toEqual({ ids: [digestOf(parts.config), digest, digest], compressedBytes: layer.packed.length });
  expect(registry.asked.map(({ path }) => path)).toEqual([`/v2/x/manifests/${digest}`, `/v2/x/blobs/${digestOf(parts.config)}`]);
});

test('of an index, the image for this machine counts', async () => {
  const parts = imageParts([layer]);
  const digest = held(parts);
  const entry = (architecture: string, bytes: Buffer) => ({
    ...descriptorOf(OCI.manifest, bytes),
    platform: { os: 'linux', architecture },
  });
  const attestation = { ...descriptorOf(OCI.manifest, Buffer.from('a')), platform: { os: 'unknown', architecture: 'unknown' } };
  const index = (...manifests: unknown[]) =>
    registry.hold('manifests', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })), OCI.index);
  const foreign = entry('s390x', Buffer.from('other'));
  const top = index(attestation, foreign, entry(platform.architecture, parts.manifest));
  expect(await check(top)).toEqual({ ids: [digestOf(parts.config), digest, top], compressedBytes: layer.packed.length });
  expect(await refusalOf(check(index(attestation, foreign)))).toMatch(/^image-refused: .*it is for linux\/s390x, and this worker/);
  const inner = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [] }));
  registry.hold('manifests', inner, OCI.index);
  expect(await refusalOf(check(index(entry(platform.architecture, inner))))).toMatch(/^image-refused: .*another index/);
});

test.each<[string, RegExp, (parts: ImageParts) => string]>([
  ['an unknown digest', /^image-not-found: .*\(404\)/, () => absent],
  [
    'other content than the digest says',
    /^image-refused: .*not what its digest says/,
    ({ manifest }) => {
      registry.on(`/v2/x/manifests/${absent}`, (_request, response) =>
        response.writeHead(200, { 'content-type': OCI.manifest }).end(manifest),
      );
      return absent;
    },
  ],
  [
    'a configuration that is cut short',
    /^image-refused: .*not what its digest says/,
    (parts) => {
      const digest = held(parts);
      registry.on(`/v2/x/blobs/${digestOf(parts.config)}`, (_request, response) => response.end(parts.config.subarray(1)));
      return digest;
    },
  ],
  [
    'a configuration of another size than its manifest says',
    /^image-refused: .*lies about sizes/,
    ({ config }) => held(imageParts([layer], {}, { config: { ...descriptorOf(OCI.config, config), size: 1 } })),
  ],
  [
    'an answer that ends the connection',
    /^network-unreachable: .*does not answer/,
    () => answering((_request, response) => response.destroy()),
  ],
  [
    'a registry that is out of order',
    /^network-unreachable: .*\(503\)/,
    () => answering((_request, response) => response.writeHead(503).end()),
  ],
  [
    'a registry that has had enough',
    /^network-unreachable: .*pulled too much/,
    () => answering((_request, response) => response.writeHead(429).end()),
  ],
  [
    'a registry that asks for a password',
    /^image-not-found: .*everybody/,
    () => answering((_request, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()),
  ],
  ['a registry that says no', /^image-not-found: .*\(403\)/, () => answering((_request, response) => response.writeHead(403).end())],
  [
    'a body without end',
    /^image-refused: .*no bearable size/,
    () =>
      answering((_request, response) => {
        const chunk = Buffer.alloc(65_536);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk));
        };
        response.on('drain', more);
        more();
      }),
  ],
])('%s is a problem with a way out', async (_name, problem, given) => {
  expect(await refusalOf(check(given(imageParts([layer]))))).toMatch(problem);
});

function answering(answer: Parameters<HostileRegistry['on']>[1]): string {
  registry.on(`/v2/x/manifests/${absent}`, answer);
  return absent;
}

test('a registry that is down, silent or drips is given up in time', async () => {
  const silent = answering(() => undefined);
  expect(await refusalOf(check(silent, { timeoutMs: 200 }))).toMatch(/^network-unreachable: .*no whole answer within 0.2 s/);
  const dripping = answering((_request, response) => {
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  });
  expect(await refusalOf(check(dripping, { timeoutMs: 300 }))).toMatch(/^network-unreachable: .*no whole answer within 0.3 s/);
  const down = await startHostileRegistry();
  await down[Symbol.asyncDispose]();
  const name = parsePinnedName(`${down.host}/x@${absent}`);
  if (name === null) throw new Error('no name');
  const client = openRegistry(name, { allowed: [down.host], signal: new AbortController().signal });
  expect(await refusalOf(client.manifest(absent))).toMatch(/^network-unreachable: .*ECONNREFUSED/);
});

test('a redirect into the owner’s network is not followed, by number or by name', async () => {
  await using nas = await startHostileRegistry();
  const port = nas.host.split(':')[1];
  for (const target of [
    'http://192.168.1.1/admin',
    'https://192.168.1.1/admin',
    'https://169.254.169.254/latest/meta-data',
    'https://[fd00::1]/',
    'https://[::ffff:10.0.0.1]/',
    `http://${nas.host}/`,
    `https://${nas.host}/`,
    `https://localhost:${port}/`,
    `https://2130706433:${port}/`,
    `https://0:${port}/`,
    'file:///etc/passwd',
  ]) {
    expect(await refusalOf(check(answering(redirect(target)))), target).toMatch(/^image-refused: .*(?:private network|not TLS)/);
  }
  expect(nas.connections()).toBe(0);
  expect(await refusalOf(check(answering(redirect(`/v2/x/manifests/${absent}`))))).toMatch(/^image-refused: .*in circles/);
  expect(await refusalOf(check(answering(redirect('https://'))))).toMatch(/^image-not-found: .*leads nowhere/);
});

test('without TLS only a registry on this machine is asked that the owner has listed', async () => {
  const digest = held(imageParts([layer]));
  expect(await refusalOf(check(digest, { allowed: ['docker.io'] }))).toMatch(/^image-refused: .*not TLS/);
  expect(registry.connections()).toBe(0);
  await expect(check(digest)).resolves.toBeDefined();
});

test('the token for everybody is fetched where the registry may give it out, and shown to the registry alone', async () => {
  await using storage = await startHostileRegistry();
  const parts = imageParts([layer]);
  const manifestPath = `/v2/x/manifests/${digestOf(parts.manifest)}`;
  registry.on(manifestPath, (request, response) => {
    if (request.headers.authorization === 'Bearer good') response.writeHead(200, { 'content-type': OCI.manifest }).end(parts.manifest);
    else
      response
        .writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token?a=b",service="reg",scope="all:of:it"` })
        .end();
  });
  registry.on('/token', (_request, response) => response.end(JSON.stringify({ token: 'good' })));
  const blobPath = `/v2/x/blobs/${digestOf(parts.config)}`;
  registry.on(blobPath, redirect(`http://${storage.host}${blobPath}`));
  storage.hold('blobs', parts.config, 'application/octet-stream');
  await check(digestOf(parts.manifest), { allowed: [registry.host, storage.host] });
  expect(registry.asked).toEqual([
    { path: manifestPath, authorization: undefined },
    { path: '/token?a=b&service=reg&scope=repository%3Ax%3Apull', authorization: undefined },
    { path: manifestPath, authorization: 'Bearer good' },
    { path: blobPath, authorization: 'Bearer good' },
  ]);
  expect(storage.asked).toEqual([{ path: blobPath, authorization: undefined }]);
});

test('no token is asked for elsewhere', async () => {
  await using nas = await startHostileRegistry();
  const challenged = (realm: string) =>
    answering((_request, response) => response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }).end());
  for (const realm of [
    `http://${nas.host}/token`,
    `https://${nas.host}/token`,
    'https://192.168.1.1/token',
    'https://auth.docker.io/token',
  ]) {
    expect(await refusalOf(check(challenged(realm))), realm).toMatch(/^image-refused: .*sign in at .*, which is not allowed/);
  }
  expect(await refusalOf(check(challenged('nonsense')))).toMatch(/^image-not-found: .*everybody/);
  expect(nas.connections()).toBe(0);
  for (const given of ['', '{}', '[', '{"token":"a\\r\\nb"}', '{"token":7}']) {
    registry.on('/token', (_request, response) => response.end(given));
    expect(await refusalOf(check(challenged(`http://${registry.host}/token`))), given).toMatch(/^image-not-found: .*without signing in/);
  }
});

test.each<[string, RegExp, Record<string, unknown>]>([
  ['for another machine', /it is for linux\/s390x/, { architecture: 's390x' }],
  ['for another system', /it is for windows/, { os: 'windows' }],
  ['with volumes', /volumes \(\/data\)/, { config: { Volumes: { '/data': {} } } }],
  ['with volumes in Go’s eyes only', /volumes \(\/data\)/, { config: { volumeſ: { '/data': {} } } }],
  ['with an absurd environment', /environment has 600 variables/, { config: { Env: Array.from({ length: 600 }, (_, n) => `N${n}=1`) } }],
  ['with a huge environment', /environment has 1 variables of 100002 bytes/, { config: { Env: [`N=${'x'.repeat(100_000)}`] } }],
  ['with other layers than its manifest', /differ on its layers/, { rootfs: { type: 'layers', diff_ids: [] } }],
  ['without layers', /configuration is malformed \(rootfs/, { rootfs: {} }],
  ['with a history beyond bearing', /malformed \(history\)/, { history: Array.from({ length: 1001 }, () => ({})) }],
])('an image %s is refused', async (_name, problem, change) => {
  const refusal = await refusalOf(check(held(imageParts([layer], change))));
  expect(refusal).toMatch(/^image-refused: /);
  expect(refusal).toMatch(problem);
});

test('who runs it, its health check, its ports and its ONBUILD do not matter', async () => {
  const config = {
    User: 'root',
    Healthcheck: { Test: ['CMD', 'x'] },
    ExposedPorts: { '22/tcp': {} },
    OnBuild: ['RUN x'],
    Labels: { a: '1', A: '2' },
  };
  await expect(check(held(imageParts([layer], { config })))).resolves.toBeDefined();
});

test('layers that are larger than an image may be are not pulled', async () => {
  const said = { layers: [{ ...descriptorOf(OCI.layer, layer.packed), size: 2_000_000_000 }] };
  expect(await refusalOf(check(held(imageParts([layer], {}, said))))).toMatch(
    /^image-refused: .*it has 2.0 GB, and this worker takes 1.0 GB/,
  );
});
