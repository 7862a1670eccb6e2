import fc from 'fast-check';
import { expect, test } from 'vitest';
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
