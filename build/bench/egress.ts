import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAgentSide } from '../../e2e/lan/agent.ts';
import type { AgentSide } from '../../e2e/lan/agent-side.ts';
import { type Lab, startLab, whyNoLab } from '../../e2e/lan/lab.ts';
import { runPlain } from '../../e2e/lan/trials.ts';
import { buildImage } from '../../src/cli/image/build-image.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { benchmark } from './_benchmark.ts';
import { type Figure, median } from './_figures.ts';
import type { Transfer, TransferOrder } from './egress/transfer.ts';

/*
 * What a job's way out costs: one client moves the same bytes to and from the same host of a fake internet (e2e/lan), from a job through
 * holder and proxy, and from a plain container on the engine's default bridge, in interleaved rounds.
 */
const ROUNDS = 7;
const MEMORY_BYTES = 512 * 2 ** 20;
const CPUS = 2;
/** As every job has, so that other programs of this machine take as much from both. */
const JOB_CPU_SHARES = 2;
const ORDER: TransferOrder = { host: 'allowed.example', port: 443, bytes: 300e6, requests: 50 };
const COMMAND = ['node', '/app/transfer.ts'];
const env = { TRANSFER: JSON.stringify(ORDER) };

/** What the client printed, which is its last line. */
function readTransfer(log: string): Transfer {
  const line = log.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`the client failed: ${log}`);
  return JSON.parse(line) as Transfer; // printed by transfer.ts
}

async function throughProxy(agent: AgentSide, image: string, round: number): Promise<Transfer> {
  const leaseId = `bench-egress-${round}`;
  await agent.prepare({
    leaseId,
    uid: 300_000 + round,
    image,
    gpu: null,
    command: COMMAND,
    env,
    inputsTar: null,
    checkpoint: null,
    memoryBytes: MEMORY_BYTES,
    diskBytes: 16 * 2 ** 20,
    cpus: CPUS,
    network: { kind: 'egress', allow: [`${ORDER.host}:${ORDER.port}`], maxUploadBytes: 2 ** 40, maxDownloadBytes: 2 ** 40 },
  });
  await agent.start(leaseId);
  const log = await agent.finish(leaseId);
  await agent.wipe(leaseId);
  return readTransfer(log);
}

const directly = async (lab: Lab, image: string): Promise<Transfer> =>
  readTransfer(
    await runPlain(lab, {
      Image: image,
      Entrypoint: COMMAND,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      HostConfig: { Memory: MEMORY_BYTES, NanoCpus: CPUS * 1e9, CpuShares: JOB_CPU_SHARES },
    }),
  );

function compare(ours: readonly Transfer[], peers: readonly Transfer[]): readonly Figure[] {
  const figure = (name: string, unit: string, of: (transfer: Transfer) => number): Figure => {
    const value = median(ours.map(of));
    const peer = median(peers.map(of));
    return { name, value, unit, peer, ratio: value / peer, target: null, holds: null };
  };
  const megabytesPerSecond = (tookMs: number): number => ORDER.bytes / 1e6 / (tookMs / 1000);
  return [
    figure('egress download', 'MB/s', ({ downloadMs }) => megabytesPerSecond(downloadMs)),
    figure('egress upload', 'MB/s', ({ uploadMs }) => megabytesPerSecond(uploadMs)),
    figure('egress first byte', 'ms', ({ firstByteMs }) => median(firstByteMs)),
  ];
}

const reason = whyNoLab();
if (reason !== null) {
  console.error(`This benchmark needs network namespaces and a container engine of its own: ${reason}.`);
  process.exitCode = 1;
} else {
  await benchmark(['losetup', 'unshare'], async (signal) => {
    await using lab = await startLab();
    using agent = await startAgentSide(lab, 'bench');
    const contextDir = tempFolder();
    copyFileSync(join(import.meta.dirname, 'egress', 'transfer.ts'), join(contextDir, 'transfer.ts'));
    const { imageId } = await buildImage({ contextDir, socketPath: lab.socketPath, onProgress: () => undefined, signal });
    const ours: Transfer[] = [];
    const peers: Transfer[] = [];
    await throughProxy(agent, imageId, 0);
    for (let round = 1; round <= ROUNDS; round++) {
      signal.throwIfAborted();
      ours.push(await throughProxy(agent, imageId, round));
      peers.push(await directly(lab, imageId));
    }
    return compare(ours, peers);
  });
}
