import type { Granted } from './granted.ts';

/** Read by the loader, by NVIDIA's runtime, and by us. */
const STEERS = /^(LD_|NVIDIA_|NIGHTSHIFT_)/;
/** How a program is told of the one way out that it was granted, which begins inside its own network. */
const WAY_OUT = /^(https?|all)_proxy=http:\/\/(127\.0\.0\.1|localhost):\d+\/?$|^no_proxy=/i;

/** What is wrong with the variables that a job finds: it has its own, its image's, and what the worker says, which nobody else can say. */
export function environmentFaults(lines: readonly string[], granted: Granted): readonly string[] {
  const said = lines.map((line): readonly [string, string] => {
    const at = line.indexOf('=');
    return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
  });
  const own = ownVariables(granted);
  const twice = said.filter(([name], index) => own.has(name) && said.findIndex(([other]) => other === name) !== index);
  return [
    ...[...own]
      .filter(([name, value]) => !said.some(([other, given]) => other === name && given === value))
      .map(([name]) => `${name} is not said`),
    ...twice.map(([name]) => `${name} is said twice`),
    ...said.flatMap(([name, value]) => {
      if (own.get(name) === value || value === '') return [];
      if (STEERS.test(name)) return [`${name}=${value} comes through`];
      if (Object.hasOwn(granted.env, name) ? granted.env[name] === value : granted.imageEnv.includes(`${name}=${value}`)) return [];
      return granted.holder !== null && WAY_OUT.test(`${name}=${value}`) ? [] : [`${name} is neither the job's nor the image's`];
    }),
  ];
}

const ownVariables = ({ checkpointIntervalMs, gpu }: Granted): ReadonlyMap<string, string> =>
  new Map([
    ['NIGHTSHIFT_INPUTS', '/in'],
    ['NIGHTSHIFT_OUTPUTS', '/job/out'],
    ['HOME', '/job'],
    ['TMPDIR', '/job/tmp'],
    // NVIDIA's hook takes a missing one for `all`.
    ...(gpu === null
      ? ([['NVIDIA_VISIBLE_DEVICES', 'void']] as const)
      : ([
          ['NVIDIA_VISIBLE_DEVICES', gpu],
          ['NVIDIA_DRIVER_CAPABILITIES', 'compute,utility'],
        ] as const)),
    ...(checkpointIntervalMs === null
      ? []
      : ([
          ['NIGHTSHIFT_CHECKPOINT_DIR', '/job/checkpoint'],
          ['NIGHTSHIFT_CHECKPOINT_INTERVAL_MS', String(checkpointIntervalMs)],
        ] as const)),
  ]);
