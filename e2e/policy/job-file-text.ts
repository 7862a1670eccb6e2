import fc from 'fast-check';
import { stringify } from 'yaml';
import { hostileNumber, hostileText, variableName } from './hostile-words.ts';

/** How seldom a part of a file is hostile: a file has about thirty, and one of them is enough to be refused. */
const SELDOM = 40;

const quoted = (text: string): string => JSON.stringify(text);
const flow = (value: unknown): string => stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();

/** What may stand where YAML wants a value: other types, tags, anchors, aliases, and text that is no YAML. */
const hostileValue: fc.Arbitrary<string> = fc.oneof(
  hostileText.map(quoted),
  hostileText, // unquoted: it may end the line, the list or the file
  hostileNumber.map((number) => flow(number)),
  fc.constantFrom(
    ...['', 'null', '~', 'true', '.nan', '.inf', '-.inf', '0x10', '0o17', '1e400', '1_000', '12:30:45', '2001-01-01', '[]', '{}', '[[]]'],
    ...['[null]', '{ a: 1 }', '{ __proto__: { polluted: true } }', '{ "constructor": { "prototype": { "polluted": true } } }'],
    ...['&a [*a]', '*missing', '&a', '!!binary aGk=', '!!js/function "x"', '!!python/object:os.system x', '!!set { a }', '!!omap [a: 1]'],
    ...[
      '!!float one',
      '!!int x',
      '!unknown x',
      '? a',
      '- a',
      '|\n  block',
      '>-\n  folded',
      '"\\x00"',
      "'",
      '"',
      '{',
      '[',
      '%YAML 3.0',
      '@',
      '`',
    ],
  ),
  fc.anything({ maxDepth: 2, maxKeys: 3 }).map((value) => {
    try {
      return flow(value);
    } catch {
      return '!!null'; // YAML cannot say it
    }
  }),
);

const either = <T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: good, weight: SELDOM }, { arbitrary: bad, weight: 1 });
const value = (...good: readonly string[]): fc.Arbitrary<string> => either(fc.constantFrom(...good), hostileValue);
const line = (name: string, of: fc.Arbitrary<string>): fc.Arbitrary<string> => of.map((text) => `${name}: ${text}`);
const perhaps = (of: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.option(of, { nil: '', freq: 1 });
/** A mapping in braces. */
const braces = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((lines) => `{ ${lines.filter((each) => each !== '').join(', ')} }`);

const word = either(fc.constantFrom('node', '/app/train.mjs', '--epochs', '3', ''), hostileText);
const words = fc.oneof(fc.array(word, { minLength: 1, maxLength: 5 }).map(flow), value('node /app/train.mjs', '"sh -c exit"'));
const digest = fc.constantFrom('a', '0', 'f', '7').map((digit) => digit.repeat(64));
const image = either(
  fc.oneof(
    digest.map((hex) => `sha256:${hex}`),
    digest.map((hex) => `docker.io/library/python@sha256:${hex}`),
  ),
  fc.oneof(
    fc.constantFrom('python:latest', 'python', 'sha256:abc', 'UPPER@sha256:', '../../x@sha256:', '-v@sha256:', 'a b@sha256:'),
    digest.map((hex) => `registry.example:5000/x:latest@sha256:${hex}`),
    digest.map((hex) => `--privileged@sha256:${hex}`),
    hostileText,
  ),
).map(quoted);
const variables = fc
  .array(
    fc.tuple(
      either(variableName, hostileText),
      fc.oneof(
        { arbitrary: value('3', 'true', '"x"', '/evil.so', 'all'), weight: 6 },
        { arbitrary: fc.oneof(hostileText.map(quoted), hostileNumber.map(flow)), weight: 1 },
      ),
    ),
    { maxLength: 3 },
  )
  .map((pairs) => `{ ${pairs.map(([name, text]) => `${quoted(name)}: ${text}`).join(', ')} }`);
/** The same type as good ones, and out of bounds. */
const nearly = (good: readonly string[], bad: readonly string[]): fc.Arbitrary<string> =>
  either(fc.constantFrom(...good), fc.oneof(fc.constantFrom(...bad), hostileValue));
const size = nearly(
  ['16MiB', '64MB', '1GB', '2.5GiB', '512 MB', '20MiB', '4TiB'],
  ['0B', '1B', '-1GB', '1e3GB', '٣MB', `${'9'.repeat(30)}TB`],
);
const time = nearly(['90s', '10m', '1h30m', '2d', '7d'], ['0s', '1ms', '8d', '-5m', '1.5.5h', `${'9'.repeat(400)}d`]);
const address = either(
  fc.constantFrom('example.org:443', 'pypi.org:443', 'a.b-c.example:8080'),
  fc.oneof(
    fc.constantFrom(
      '127.0.0.1:80',
      '169.254.169.254:80',
      '[::1]:80',
      'localhost:22',
      '*.example.org:443',
      'example.org',
      'EXAMPLE.org:443',
      'a:0',
      'a:65536',
    ),
    fc.constantFrom(
      '0x7f.1:80',
      '2130706433:80',
      'example.org:443:443',
      'user@example.org:443',
      'http://example.org:443',
      'exa mple.org:443',
      '0177.0.0.1:80',
    ),
    hostileText,
  ),
);
const addresses = either(fc.array(address, { minLength: 1, maxLength: 2 }), fc.array(address, { maxLength: 70 })).map(flow);

/** What Compose or an engine would obey, and no job file knows. */
const foreign: fc.Arbitrary<string> = fc.constantFrom(
  ...['privileged: true', 'volumes: ["/:/host"]', 'cap_add: [ALL]', 'devices: ["/dev/kvm:/dev/kvm"]', 'network_mode: host', 'pid: host'],
  ...['ipc: host', 'userns_mode: host', 'security_opt: ["seccomp=unconfined"]', 'ports: ["80:80"]', 'entrypoint: /bin/sh', 'user: root'],
  ...[
    'tmpfs: /etc',
    'sysctls: { kernel.core_pattern: "|/x" }',
    'HostConfig: { Privileged: true }',
    'uid: 0',
    'leaseId: ../../x',
    'gpus: all',
  ],
  ...[
    '<<: { privileged: true }',
    '<<: *base',
    '__proto__: { privileged: true }',
    '"__proto__": { "image": "x" }',
    'constructor: { prototype: {} }',
  ],
  ...[
    'name: twice',
    'limits: { memory: 1TB }',
    'x-extra: 1',
    '? [a, b]\n: c',
    '--- ',
    '...',
    '# a remark',
    '%TAG ! tag:x,2000:',
    '\tname: x',
  ],
);

const part = (optional: boolean, name: string, of: fc.Arbitrary<string>): fc.Arbitrary<string> => {
  const said = line(name, of);
  return optional ? perhaps(said) : either(said, fc.constant(''));
};

const tidy: fc.Arbitrary<readonly string[]> = fc.tuple(
  part(false, 'name', value('digits', '"a name"', '"é"')),
  part(false, 'image', image),
  part(false, 'command', words),
  part(true, 'env', either(variables, hostileValue)),
  part(true, 'inputs', value('inputs', '.', '../elsewhere')),
  part(
    true,
    'outputs',
    fc.oneof(
      value('[]', '[model.json]', '[a, b/c]'),
      fc.array(either(fc.constantFrom('a', 'b/c'), hostileText), { maxLength: 4 }).map(flow),
    ),
  ),
  part(false, 'device', braces(line('class', value('cpu', 'cpu', 'cpu', 'gpu')))),
  part(
    false,
    'limits',
    braces(
      line('time', time),
      line('memory', size),
      line('disk', size),
      line(
        'cpus',
        fc.oneof({ arbitrary: value('0.5', '1', '2', '1.5', '1024'), weight: 8 }, { arbitrary: hostileNumber.map(flow), weight: 1 }),
      ),
    ),
  ),
  part(true, 'network', braces(line('allow', addresses), perhaps(line('upload', size)), perhaps(line('download', size)))),
  part(true, 'checkpoint', braces(line('every', value('5s', '1s', '24h', '5m')), perhaps(line('grace', value('0s', '1s', '1200ms'))))),
  part(false, 'price', braces(line('max', nearly(['2.00', '1', '0.000001'], ['0', '1e-9', '1e12', '1e308'])))),
  part(true, 'prepare', words),
  part(true, 'verify', words),
);

/** A laughing file: each line names the one before ten times. */
const laughing = fc.integer({ min: 3, max: 12 }).map((depth) => {
  const lines = ['a0: &a0 [x, x]'];
  for (let each = 1; each < depth; each++)
    lines.push(
      `a${each}: &a${each} [${Array(10)
        .fill(`*a${each - 1}`)
        .join(', ')}]`,
    );
  return lines.join('\n');
});

/** What happens to a whole file besides. */
const mishap = fc.record({
  kind: fc.constantFrom('append', 'prepend', 'insert', 'cut off', 'cut out', 'windows', 'anchor', 'replace'),
  extra: fc.oneof(foreign, laughing, hostileText, hostileValue),
  at: fc.nat(400),
  length: fc.nat(20),
});
type Mishap = typeof mishap extends fc.Arbitrary<infer T> ? T : never;

function befall(text: string, { kind, extra, at, length }: Mishap): string {
  switch (kind) {
    case 'append':
      return `${text}\n${extra}`;
    case 'prepend':
      return `${extra}\n${text}`;
    case 'insert':
      return text.slice(0, at) + extra + text.slice(at);
    case 'cut off':
      return text.slice(0, at);
    case 'cut out':
      return text.slice(0, at) + text.slice(at + length);
    case 'windows':
      return text.replaceAll('\n', '\r\n');
    case 'anchor':
      return `&base ${text}`;
    case 'replace':
      return extra;
  }
}

/** Texts of job files: valid, half valid and hostile. */
export const jobFileText: fc.Arbitrary<string> = fc.tuple(tidy, fc.option(mishap, { freq: 1 })).map(([lines, accident]) => {
  const text = lines.filter((each) => each !== '').join('\n');
  return accident === null ? text : befall(text, accident);
});
