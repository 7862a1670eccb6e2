import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ZodError } from 'zod';
import { ProblemError } from '../../../contract/model/problem.ts';
import { MANIFEST_TYPES, parseConfig, parseManifest } from './manifest.ts';
import { descriptorOf, fileLayer, imageParts, OCI } from './testing/image-parts.ts';

const layer = await fileLayer('file', 'content');
const { config, manifest } = imageParts([layer]);
const held = descriptorOf(OCI.layer, layer.packed);

const parse = (text: string, type: string = OCI.manifest) => parseManifest('x', Buffer.from(text), type);
const changed = (change: Record<string, unknown>): string => JSON.stringify({ ...JSON.parse(manifest.toString()), ...change });

test('a manifest is read, with or without a name of its type within it', () => {
  const expected = {
    kind: 'image',
    config: { sizeBytes: config.length },
    layers: [{ digest: layer.digest, sizeBytes: layer.packed.length }],
  };
  expect(parse(manifest.toString())).toMatchObject(expected);
  expect(parse(changed({ mediaType: undefined }), `${OCI.manifest}; charset=utf-8`)).toMatchObject(expected);
});

test.each<[string, RegExp, string, string?]>([
  [
    'schema 1',
    /old schema 1/,
    JSON.stringify({ schemaVersion: 1, fsLayers: [] }),
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
  ],
  ['schema 1 inside a newer one', /old schema 1/, changed({ fsLayers: [] })],
  ['another type than the registry says', /calls itself/, manifest.toString(), OCI.index],
  ['an unknown type', /unknown type text\/html/, changed({ mediaType: undefined }), 'text/html'],
  ['no type', /unknown type/, changed({ mediaType: undefined }), ''],
  ['image and index at once', /incomplete/, changed({ manifests: [] })],
  ['index and image at once', /index is not one/, changed({ mediaType: OCI.index, manifests: [] }), OCI.index],
  ['no layers', /incomplete/, changed({ layers: undefined })],
  [
    'a chart rather than an image',
    /no container image/,
    changed({ config: { ...descriptorOf('application/vnd.cncf.helm.config.v1+json', config) } }),
  ],
  ['too many layers', /129 layers/, changed({ layers: Array.from({ length: 129 }, () => held) })],
  ['a layer that lies elsewhere', /outside the registry/, changed({ layers: [{ ...held, urls: ['http://192.168.1.1/'] }] })],
  ['a layer that lies elsewhere in Go’s eyes', /outside the registry/, changed({ layers: [{ ...held, URLS: ['http://192.168.1.1/'] }] })],
  [
    'a layer that lies elsewhere in Go’s eyes, by Unicode',
    /outside the registry/,
    changed({ layers: [{ ...held, urlſ: ['http://192.168.1.1/'] }] }),
  ],
  [
    'a foreign layer',
    /outside the registry/,
    changed({ layers: [{ ...held, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }] }),
  ],
  ['an encrypted layer', /unknown type/, changed({ layers: [{ ...held, mediaType: 'application/vnd.oci.image.layer.v1.tar+encrypted' }] })],
  ['layers for us and Layers for the engine', /says "layers" twice/, changed({ Layers: [{ ...held, urls: ['http://192.168.1.1/'] }] })],
  ['the same name twice', /says "layers" twice/, `${changed({}).slice(0, -1)},"layers":[]}`],
  ['the same name twice, once in escapes', /says "layers" twice/, `${changed({}).slice(0, -1)},"l\\u0061yers" : []}`],
  ['a negative size', /malformed \(layers.0.size\)/, changed({ layers: [{ ...held, size: -1 }] })],
  ['a size that is no whole number', /malformed/, changed({ layers: [{ ...held, size: 1.5 }] })],
  ['a size beyond counting', /malformed/, changed({ layers: [{ ...held, size: 1e300 }] })],
  ['another kind of digest', /malformed/, changed({ layers: [{ ...held, digest: '../../etc/passwd' }] })],
  ['nothing', /malformed/, ''],
  ['a mark before it', /malformed/, `\ufeff${manifest}`],
  ['depth', /malformed/, '['.repeat(1_000_000)],
  ['bearable depth', /malformed/, '['.repeat(100_000) + ']'.repeat(100_000)],
])('a manifest with %s is refused', (_name, problem, text, type) => {
  expect(() => parse(text, type)).toThrow(ProblemError);
  expect(() => parse(text, type)).toThrow(problem);
});

const MIB = 2 ** 20;
/** As many values as fit, between a beginning and an end. */
const filled = (start: string, value: string, end: string, sizeBytes = 4 * MIB): string =>
  `${start}${`${value},`.repeat((sizeBytes - start.length - end.length) / (value.length + 1)).slice(0, -1)}${end}`;
const env = (count: number): string => JSON.stringify({ config: { Env: Array.from({ length: count }, () => 0) } });
const entries = (name: string, count: number): string => changed({ [name]: Array.from({ length: count }, () => ({ platform: {} })) });

test.each<[string, (reference: string, bytes: Buffer) => unknown, string]>([
  ['numbers for an environment', parseConfig, filled('{"config":{"Env":[', '0', ']}}')],
  ['numbers for layers, in a configuration', parseConfig, filled('{"rootfs":{"diff_ids":[', '0', ']}}')],
  ['numbers for volumes', parseConfig, filled('{"config":{"Volumes":[', '0', ']}}')],
  ['one name over and over', parseConfig, filled('{', '"a":0', '}')],
  ['depth in a string that never ends', parseConfig, `"${'['.repeat(4 * MIB)}`],
  ['lists without end', parseConfig, '[],'.repeat(MIB)],
  ['1000 numbers for an environment', parseConfig, env(1000)],
  ['10000 numbers for an environment', parseConfig, env(10_000)],
  ['numbers for layers', asManifest, filled('{"layers":[', '0', ']}')],
  ['nothing for layers', asManifest, filled('{"layers":[', '{}', ']}')],
  ['numbers for images', asManifest, filled('{"manifests":[', '0', ']}')],
  ['numbers for addresses', asManifest, filled('{"config":{"urls":[', '0', ']}}')],
  ['1000 bad layers', asManifest, entries('layers', 1000)],
  ['5000 bad layers', asManifest, entries('layers', 5000)],
  ['1000 bad images', asManifest, entries('manifests', 1000)],
])('a document full of %s is refused at once, and little is said of it', (_name, read, text) => {
  const before = performance.now();
  const error = thrownBy(() => read('x', Buffer.from(text)));
  expect(performance.now() - before).toBeLessThan(3000);
  expect(error).toBeInstanceOf(ProblemError);
  const { cause } = error instanceof Error ? error : {};
  if (cause instanceof ZodError) expect(cause.issues.length).toBeLessThan(10);
  else expect(cause).toBeInstanceOf(SyntaxError);
});

function asManifest(reference: string, bytes: Buffer): unknown {
  return parseManifest(reference, bytes, OCI.manifest);
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('it was read');
}

test('a long history, a full environment and an index of hundreds of images are read', () => {
  const made = { created: '2026-01-01T00:00:00Z', created_by: 'RUN x, y', comment: 'buildkit', empty_layer: true };
  const change = { config: { Env: Array.from({ length: 512 }, (_, n) => `N${n}=[{,`) }, history: Array.from({ length: 1000 }, () => made) };
  expect(parseConfig('x', imageParts([layer], change).config).env).toHaveLength(512);
  const entry = { ...descriptorOf(OCI.manifest, manifest), platform: { os: 'linux', architecture: 'arm', variant: 'v7' } };
  const index = { schemaVersion: 2, manifests: Array.from({ length: 500 }, () => ({ ...entry, annotations: { a: '1', b: '2', c: '3' } })) };
  expect(parse(JSON.stringify(index), OCI.index)).toMatchObject({ kind: 'index', images: { length: 500 } });
});

test('bytes that are not UTF-8 are refused', () => {
  expect(() => parseManifest('x', Buffer.from([0x22, 0xff, 0x22]), OCI.manifest)).toThrow(/not UTF-8/);
});

const names = [
  'schemaVersion',
  'mediaType',
  'config',
  'layers',
  'manifests',
  'digest',
  'size',
  'urls',
  'platform',
  'os',
  'architecture',
  'rootfs',
  'diff_ids',
  'Env',
  'Volumes',
  'history',
  '__proto__',
  'toString',
];
const key = fc.oneof(fc.constantFrom(...names), fc.string());
const value = fc.oneof(fc.constantFrom(2, 1, OCI.manifest, OCI.layer, OCI.config, layer.digest, 'linux'), fc.jsonValue());
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    value,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
  ),
}));
/** The good document with one of its parts, or the whole, replaced by something else. */
const spoilt = (document: Buffer) =>
  fc.tuple(fc.constantFrom(...names), tree, fc.boolean()).map(([name, other, whole]) => {
    const good: unknown = JSON.parse(document.toString());
    return JSON.stringify(whole ? other : replaced(good, name, other));
  });

function replaced(node: unknown, name: string, other: unknown): unknown {
  if (Array.isArray(node)) return node.map((each) => replaced(each, name, other));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, member]) => [key, key === name ? other : replaced(member, name, other)]));
}

/** Runs it, and lets pass what people are told. */
function orProblem(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'image-refused') return null;
    throw error;
  }
}

test('whatever a registry sends as a manifest, it is read or refused', () => {
  const text = fc.oneof(
    spoilt(manifest).map((json) => Buffer.from(json)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(text, fc.oneof(fc.constantFrom(...MANIFEST_TYPES), fc.string()), (bytes, type) => {
      orProblem(() => parseManifest('x', bytes, type));
    }),
    { numRuns: 3000 },
  );
});

test('whatever a registry sends as a configuration, it is read or refused, and what is read is plain text', () => {
  fc.assert(
    fc.property(spoilt(config), (json) => {
      const read = orProblem(() => parseConfig('x', Buffer.from(json)));
      if (read !== null) expect(JSON.stringify(Object.assign({}, read, { env: [] }))).toMatch(/^[\x20-\x7e]*$/);
    }),
    { numRuns: 3000 },
  );
});
