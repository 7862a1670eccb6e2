import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { Attempt, Outcome } from './attempts.ts';
import type { Lab } from './lab.ts';
import type { Arrival } from './node.ts';

export const COMMAND = ['node', '/app/attempts.ts'];
export const attemptsEnv = (attempts: readonly Attempt[]): { readonly ATTEMPTS: string } => ({ ATTEMPTS: JSON.stringify(attempts) });

/** What the attempts printed. */
export const readOutcomes = (log: string): readonly Outcome[] =>
  log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Outcome); // printed by attempts.ts

/** Runs a plain container to its end; what it wrote. */
export async function runPlain(lab: Lab, options: Docker.ContainerCreateOptions): Promise<string> {
  const container = await lab.docker.createContainer({ ...options, Tty: true }); // so that its log comes without frames
  try {
    await container.start();
    await container.wait();
    // As a stream: what is whole and JSON, the client would parse.
    return await text(await container.logs({ stdout: true, follow: true }));
  } finally {
    await container.remove({ force: true });
  }
}

/** Makes the attempts in a container as `docker run` would start it. */
export const tryUnhardened = async (
  lab: Lab,
  image: string,
  networkMode: string,
  attempts: readonly Attempt[],
): Promise<readonly Outcome[]> =>
  readOutcomes(
    await runPlain(lab, {
      Image: image,
      Entrypoint: COMMAND,
      Env: [`ATTEMPTS=${attemptsEnv(attempts).ATTEMPTS}`],
      HostConfig: { NetworkMode: networkMode },
    }),
  );

/** What came to all stations since the last call, by station. */
export async function takeArrivals(lab: Lab): Promise<ReadonlyMap<string, readonly Arrival[]>> {
  return new Map(await Promise.all(lab.stations.map(async (station) => [station.name, await station.take()] as const)));
}

/** All of it that a lease could leave in the worker's machine: rules and their chains, interfaces, and what the engine has but images. */
export async function takeInventory(lab: Lab): Promise<readonly string[]> {
  const rules = await Promise.all(['iptables-save', 'ip6tables-save'].map((tool) => lab.exec(tool)));
  const [links, containers, networks, { Volumes }] = await Promise.all([
    lab.exec('ip', '-brief', 'link'),
    lab.docker.listContainers({ all: true }),
    lab.docker.listNetworks(),
    lab.docker.listVolumes(),
  ]);
  return [
    ...rules.flatMap((text) =>
      text
        .split('\n')
        .filter((line) => /^-A |^:\S+ - /.test(line))
        .map((line) => line.replace(/ ?\[\d+:\d+\]/, '')),
    ),
    ...links.split('\n').map((line) => line.split(/[\s@]/)[0] ?? ''),
    ...containers.map(({ Id }) => Id),
    ...networks.map(({ Name }) => Name),
    ...Volumes.map(({ Name }) => Name),
  ].toSorted();
}

/** Takes our rules of the firewall away, as if they had never been; what it returns puts all back. Throws where there are none. */
export async function withoutRules(lab: Lab): Promise<AsyncDisposable> {
  const tools = ['iptables', 'ip6tables'];
  const saved = (tool: string): string => join(lab.folder, `${tool}.rules`);
  for (const tool of tools) {
    await lab.exec(
      'sh',
      '-ec',
      `${tool}-save > ${saved(tool)}; grep -q 'nightshift ' ${saved(tool)}; grep -v 'nightshift ' ${saved(tool)} | ${tool}-restore`,
    );
  }
  return {
    [Symbol.asyncDispose]: async () => {
      for (const tool of tools) await lab.exec('sh', '-ec', `${tool}-restore < ${saved(tool)}`);
    },
  };
}
