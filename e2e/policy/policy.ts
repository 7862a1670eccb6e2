import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { environmentFaults } from './environment.ts';
import { type Granted, isEmpty } from './granted.ts';
import { HOST_CONFIG, type Rule } from './host-config.ts';

/*
 * What a job's container may be, written anew from the policy, so that a mistake in what makes containers is not repeated here: nothing
 * of src/agent/sandbox is imported. A world of its own: a field that no rule knows must be empty.
 */

const fields = z.record(z.string(), z.unknown());

/** What is wrong with a container as it is asked of the engine (POST /containers/create); empty: nothing. */
export function faultsOfRequest(request: unknown, granted: Granted): readonly string[] {
  const { name, HostConfig, ...config } = fields.parse(request);
  return [
    ...(name === `nightshift-${granted.leaseId}` ? [] : [`the container is called ${String(name)}`]),
    ...faultsByRules('', REQUEST, config, granted),
    ...environmentFaults([...stringsOf(config.Env), ...imageEnvLeft(config.Env, granted)], granted),
    ...faultsByRules('HostConfig.', HOST_CONFIG, fields.parse(HostConfig), granted),
  ];
}

/** What is wrong with a container as the engine has made it (GET /containers/{id}/json); empty: nothing. */
export function faultsOfContainer(inspected: unknown, granted: Granted): readonly string[] {
  const { Name, Image, Path, Args, Mounts, NetworkSettings, AppArmorProfile, ExecIDs, Config, HostConfig } = fields.parse(inspected);
  const config = fields.parse(Config);
  const network = fields.parse(NetworkSettings);
  const [first = '', ...rest] = granted.command;
  const facts: readonly (readonly [holds: boolean, fault: string])[] = [
    [Name === `/nightshift-${granted.leaseId}`, `the container is called ${String(Name)}`],
    [Image === granted.imageId, `the container is made of ${String(Image)}`],
    [Path === first && isDeepStrictEqual(Args, rest), `it runs ${String(Path)} ${JSON.stringify(Args)}`],
    [AppArmorProfile !== 'unconfined', 'AppArmor is off'],
    [isEmpty(ExecIDs), 'a program was started in it besides'],
    [isEmpty(network.Ports), `ports are open: ${JSON.stringify(network.Ports)}`],
    [Object.keys(fields.parse(network.Networks ?? {})).every((each) => each === 'none'), `networks: ${JSON.stringify(network.Networks)}`],
    [isEmpty(network.IPAddress) && isEmpty(network.GlobalIPv6Address), 'it has an address of its own'],
    [hasOnlyItsVolumes(Mounts, granted.leaseId), `it has mounts: ${JSON.stringify(Mounts)}`],
  ];
  return [
    ...facts.filter(([holds]) => !holds).map(([, fault]) => fault),
    ...faultsByRules('Config.', MADE, config, granted),
    ...environmentFaults(stringsOf(config.Env), granted),
    ...faultsByRules('HostConfig.', HOST_CONFIG, fields.parse(HostConfig), granted),
  ];
}

export function faultsByRules(
  where: string,
  rules: Readonly<Record<string, Rule>>,
  values: Readonly<Record<string, unknown>>,
  granted: Granted,
): readonly string[] {
  const names = new Set([...Object.keys(rules), ...Object.keys(values)]);
  return [...names].flatMap((name) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    const holds = Object.hasOwn(rules, name) ? rules[name]?.(value, granted) : isEmpty(value);
    return holds ? [] : [`${where}${name} is ${JSON.stringify(value)?.slice(0, 300)}`];
  });
}

const stringsOf = (value: unknown): readonly string[] => z.array(z.string()).parse(value ?? []);

/** Lines of the image that nothing said for the container takes the place of. */
function imageEnvLeft(env: unknown, { imageEnv }: Granted): readonly string[] {
  const said = new Set(stringsOf(env).map((line) => line.split('=')[0]));
  return imageEnv.filter((line) => !said.has(line.split('=')[0]));
}

const OUR_LABELS = ({ owner, leaseId }: Granted): Readonly<Record<string, string>> => ({
  'nightshift.managed': '1',
  'nightshift.worker': owner,
  'nightshift.lease': leaseId,
  'nightshift.part': 'job',
});

/** What a container is beside its HostConfig. */
const CONFIG: Readonly<Record<string, Rule>> = {
  Image: (value, { imageId }) => value === imageId,
  Entrypoint: (value, { command }) => isDeepStrictEqual(value, [...command]),
  Env: Array.isArray, // its lines are looked at by environmentFaults
  User: (value, { uid }) => uid >= 200_000 && value === `${uid}:${uid}`,
  WorkingDir: (value) => value === '/job',
  Healthcheck: (value) => isDeepStrictEqual(value, { Test: ['NONE'] }),
};

const REQUEST: Readonly<Record<string, Rule>> = {
  ...CONFIG,
  // Within another's network the engine refuses a name of its own.
  Hostname: (value, { holder }) => value === 'job' || (holder !== null && isEmpty(value)),
  Labels: (value, granted) => isDeepStrictEqual(value, OUR_LABELS(granted)),
};

const MADE: Readonly<Record<string, Rule>> = {
  ...CONFIG,
  Hostname: (value, { holder }) => value === 'job' || holder !== null,
  Labels: (value, granted) => isDeepStrictEqual(value, { ...granted.imageLabels, ...OUR_LABELS(granted) }),
  // Of the image; they open nothing while no port is published and nobody attaches.
  ExposedPorts: () => true,
  StopSignal: () => true,
  Shell: () => true,
  AttachStdout: () => true,
  AttachStderr: () => true,
};

function hasOnlyItsVolumes(mounts: unknown, leaseId: string): boolean {
  const made = z.array(fields).parse(mounts);
  const as = (Destination: string, Name: string, RW: boolean): boolean =>
    made.some(
      (each) =>
        each.Type === 'volume' && each.Driver === 'local' && each.Destination === Destination && each.Name === Name && each.RW === RW,
    );
  return made.length === 2 && as('/job', `nightshift-${leaseId}-job`, true) && as('/in', `nightshift-${leaseId}-in`, false);
}
