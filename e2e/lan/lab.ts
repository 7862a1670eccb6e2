import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { startDockerd } from '../../src/cli/setup/dockerd.ts';
import { findProgram } from '../../src/cli/setup/engine-facts.ts';
import { probeEngine } from '../../src/cli/setup/engine-probe.ts';
import type { Arrival, NodeConfig } from './node.ts';
import { ALLOWED, BRIDGE, BRIDGES_V6, CARRIER, COMPANY, FOREIGN, HOST, type LanNode, METADATA, NAS, PORTS, ROUTER } from './topology.ts';

const run = promisify(execFile);

/** A machine of the lab that answers and remembers who came. */
export interface Station {
  readonly name: string;
  /** What came since the last call. */
  take(): Promise<readonly Arrival[]>;
}

/**
 * A worker's machine with a container engine of its own in a fake home network, in network, mount and process namespaces of their own. They
 * hang on one process, which ends with the one that started the lab: nothing of it can stay, and none of it is connected to anything else.
 */
export interface Lab extends AsyncDisposable {
  readonly folder: string;
  readonly docker: Docker;
  readonly socketPath: string;
  readonly stations: readonly Station[];
  /** Arguments for `nsenter` that run a program on the worker's machine, or in the network namespace that it names. */
  inside(command: readonly string[], networkNamespace?: LanNode): readonly string[];
  /** Runs a program on the worker's machine to its end; returns its stdout. */
  exec(...command: readonly string[]): Promise<string>;
  /** Starts one more station, in the network namespace of a process of the worker's machine. */
  join(name: string, processId: number, config: NodeConfig): Promise<void>;
}

const TOOLS = ['/usr/sbin/ip', '/usr/sbin/iptables', '/usr/bin/nsenter', '/usr/bin/unshare', '/usr/bin/ping'];

/** Why no lab can be made here; null: it can. */
export function whyNoLab(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces need Linux and root';
  const absent = TOOLS.find((path) => !existsSync(path));
  if (absent !== undefined) return `${absent} is not there`;
  if (findProgram('dockerd') === null) return 'dockerd is not there';
  const tried = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? null : `no namespaces can be made: ${tried.stderr.trim()}`;
}

/** Arguments for `ip`, in order. `nodad`: nothing waits for the detection of duplicate addresses. */
const LINKS = `
link set lo up
netns add router
netns add nas
netns add internet
-n router link set lo up
-n nas link set lo up
-n internet link set lo up
-n router link add lan type bridge
-n router link set lan up
link add lan0 type veth peer name host netns router
-n nas link add lan0 type veth peer name nas netns router
-n internet link add wan0 type veth peer name wan netns router
-n router link set host master lan up
-n router link set nas master lan up
-n router link set wan up
link set lan0 up
-n nas link set lan0 up
-n internet link set wan0 up
address add ${HOST.v4}/24 dev lan0
address add ${HOST.v6}/64 dev lan0 nodad
address add ${HOST.publicV4}/24 dev lan0
address add ${HOST.publicV6}/64 dev lan0 nodad
-n router address add ${ROUTER.v4}/24 dev lan
-n router address add ${ROUTER.v6}/64 dev lan nodad
-n router address add ${ROUTER.linkLocal}/64 dev lan nodad
-n router address add ${METADATA}/32 dev lo
-n router address add ${CARRIER}/32 dev lo
-n router address add ${COMPANY}/32 dev lo
-n nas address add ${NAS.v4}/24 dev lan0
-n nas address add ${NAS.v6}/64 dev lan0 nodad
-n nas address add ${NAS.publicV4}/24 dev lan0
-n nas address add ${NAS.publicV6}/64 dev lan0 nodad
-n nas address add ${NAS.linkLocal}/64 dev lan0 nodad
-n router address add 44.7.7.1/24 dev wan
-n router address add 2602:ff77::1/64 dev wan nodad
-n internet address add ${ALLOWED}/24 dev wan0
-n internet address add ${FOREIGN.v4}/24 dev wan0
-n internet address add ${FOREIGN.v6}/64 dev wan0 nodad
route add default via ${ROUTER.v4}
-6 route add default via ${ROUTER.v6}
-n router -6 route add ${BRIDGES_V6} via ${HOST.v6}
-n nas route add default via ${ROUTER.v4}
-n nas -6 route add default via ${ROUTER.v6}
-n internet route add default via 44.7.7.1
-n internet -6 route add default via 2602:ff77::1
`;

/**
 * First process of the lab: tells its id as the outside knows it, makes the links, and waits for the end of its standard input, which comes
 * with the end of whoever started it. A fresh /run keeps the engine from finding the machine's own.
 */
const FIRST_PROCESS = `
set -e
read -r pid rest < /proc/self/stat
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
resolver=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$resolver")"
[ -e "$resolver" ] || : > "$resolver"
mount --bind "$1/resolv.conf" "$resolver"
echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad
echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
while read -r line; do ip $line; done < "$1/links"
ip netns exec router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'
echo "$pid"
cat > /dev/null
`;

/** Makes the lab and starts its engine, where `whyNoLab` says nothing. */
export async function startLab(): Promise<Lab> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-lan-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  stack.defer(() => dropLoopDevices(folder));
  const cgroup = basename(folder);
  stack.defer(() => dropControlGroups(cgroup));

  const socketPath = join(folder, 'docker.sock');
  writeFileSync(join(folder, 'resolv.conf'), `nameserver ${ROUTER.v4}\noptions timeout:2 attempts:1\n`);
  writeFileSync(join(folder, 'links'), LINKS.trimStart());
  writeFileSync(
    join(folder, 'daemon.json'),
    JSON.stringify({
      hosts: [`unix://${socketPath}`],
      'data-root': join(folder, 'data'),
      'exec-opts': ['native.cgroupdriver=cgroupfs'], // systemd of the machine knows nothing of the lab
      'cgroup-parent': `/${cgroup}`,
      bip: BRIDGE.v4Network,
      ipv6: true,
      'fixed-cidr-v6': BRIDGE.v6Network,
    }),
  );

  const first = spawn('unshare', ['--mount', '--net', '--pid', '--fork', '--kill-child', 'sh', '-c', FIRST_PROCESS, 'sh', folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(first, 'exit');
  stack.defer(async () => {
    first.kill('SIGKILL');
    await ended;
  });
  const [pid] = await Promise.race([once(createInterface(first.stdout), 'line'), ended.then(() => ['the lab did not start'])]);
  if (!/^\d+$/.test(String(pid))) throw new Error(String(pid));

  const target = ['--target', String(pid), '--mount', '--net', '--pid'];
  const inside = (command: readonly string[], networkNamespace: LanNode = 'host'): readonly string[] =>
    networkNamespace === 'host' ? [...target, ...command] : [...target, 'ip', 'netns', 'exec', networkNamespace, ...command];
  const exec = async (...command: readonly string[]): Promise<string> => (await run('nsenter', inside(command))).stdout;

  const stations: Station[] = [];
  const addStation = async (name: string, command: readonly string[]): Promise<void> => {
    stations.push(await startStation(name, command));
  };
  const program = (config: NodeConfig): readonly string[] => [
    process.execPath,
    join(import.meta.dirname, 'node.ts'),
    JSON.stringify(config),
  ];

  const started = await startDockerd(
    'nsenter',
    inside([findProgram('dockerd') ?? '', '--config-file', join(folder, 'daemon.json')]),
    () => probeEngine(socketPath),
    new AbortController().signal,
  );
  if (started.kind === 'failed') throw new Error(started.detail);
  // Its containers end with the first process; its own end, then, is only waited for.
  stack.defer(async () => {
    first.kill('SIGKILL');
    await ended;
    await started.daemon[Symbol.asyncDispose]();
  });

  for (const node of ['host', 'router', 'nas', 'internet'] as const)
    await addStation(node, inside(program({ ...PORTS[node], dns: node === 'router' }), node));

  const held = stack.move();
  return {
    folder,
    socketPath,
    docker: new Docker({ socketPath }),
    stations,
    inside,
    exec,
    join: (name, processId, config) => addStation(name, inside(['nsenter', '--target', String(processId), '--net', ...program(config)])),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Ends with the lab. */
async function startStation(name: string, nsenterArgs: readonly string[]): Promise<Station> {
  const child = spawn('nsenter', nsenterArgs, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [said] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => ['ended'])]);
  if (said !== 'ready') throw new Error(`station ${name} did not start`);
  const take = async (): Promise<readonly Arrival[]> => {
    const answer = once(child, 'message');
    child.send('take');
    const [arrivals] = await answer;
    return arrivals as readonly Arrival[]; // sent by node.ts
  };
  return { name, take };
}

/** Disks of jobs whose mounts ended with the lab. */
async function dropLoopDevices(folder: string): Promise<void> {
  const { stdout } = await run('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE']);
  for (const line of stdout.split('\n')) {
    const [device = '', file = ''] = line.trim().split(/\s+/);
    if (file.startsWith(`${folder}/`)) await run('losetup', ['--detach', device]);
  }
}

/** The engine did not get to remove those of containers that ran to the end. */
function dropControlGroups(name: string): void {
  const ours = globSync(`/sys/fs/cgroup/{,*/}${name}/{,**/}`);
  for (const path of ours.sort((a, b) => b.length - a.length)) rmdirSync(path);
}
