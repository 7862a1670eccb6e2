import fc from 'fast-check';

/** Words of the kind that have gone wrong somewhere: names of JavaScript's own, paths, shells, terminals, and what Compose would obey. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'null', 'undefined', 'NaN', '', ' ', '\t', '~'],
    ...['..', '../..', '/', '/etc/passwd', 'a/../../b', './..', '\\..\\', 'out/', '//', '/proc/self/environ', '/var/run/docker.sock'],
    ...['$(reboot)', '`id`', '; rm -rf /', '$HOME', '--privileged', '-v /:/host', '--network=host', '%s%n', "' OR 1=1 --"],
    ...['\u0000', 'a\u0000b', '\u001b[2J\u001b]0;x\u0007', '\r\n', 'a\nb', '\u202etxt.exe', '\ufeff', '💣', '\ud800', 'é', '\u2028'],
    'a'.repeat(5_000),
    'LD_PRELOAD=/evil.so',
  ),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

export const hostileNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(
    ...[
      0,
      -0,
      -1,
      1e-12,
      4e-10,
      1e-7,
      0.001,
      0.009,
      0.01,
      0.1 + 0.2,
      1.5,
      1_024,
      1_025,
      2 ** 31,
      2 ** 32,
      2 ** 53 - 1,
      2 ** 53,
      2 ** 63,
      1e21,
    ],
    ...[1e308, -(2 ** 31), -(2 ** 53), Number.MIN_VALUE, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ),
  fc.double(),
  fc.integer(),
);

/** Variables by which something outside the job could be steered, beside harmless ones. */
export const variableName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('EPOCHS', 'A', '_', 'lower_case', 'PATH', 'HOME', 'TMPDIR', 'http_proxy', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_OPTIONS'),
  fc.constantFrom('LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT', 'LD_', 'ld_preload', 'GLIBC_TUNABLES', 'GCONV_PATH', 'BASH_ENV', 'IFS'),
  fc.constantFrom(
    'NVIDIA_VISIBLE_DEVICES',
    'NVIDIA_DRIVER_CAPABILITIES',
    'NVIDIA_',
    'CUDA_VISIBLE_DEVICES',
    'DOCKER_HOST',
    'DOCKER_CONFIG',
  ),
  fc.constantFrom(
    'NIGHTSHIFT_INPUTS',
    'NIGHTSHIFT_OUTPUTS',
    'NIGHTSHIFT_CHECKPOINT_DIR',
    'NIGHTSHIFT_CHECKPOINT_INTERVAL_MS',
    'NIGHTSHIFT_X',
  ),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty'),
);

/** What an image may say of the environment, in the lines in which an engine keeps it. */
export const imageEnv: fc.Arbitrary<readonly string[]> = fc.array(
  fc.oneof(
    fc.tuple(variableName, hostileText).map(([name, value]) => `${name}=${value}`),
    fc.constantFrom('PATH=/usr/bin', 'LD_PRELOAD=/evil.so', 'LD_PRELOAD', 'NVIDIA_VISIBLE_DEVICES=all', '=LD_PRELOAD=x', '', 'A=B=C'),
  ),
  { maxLength: 6 },
);
