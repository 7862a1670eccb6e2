import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../contract/model/doctor.ts';
import { systemClock } from '../../lib/clock.ts';
import { createLogger } from '../../lib/log.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { openHardware } from '../hardware/hardware.ts';
import { type RecordingName, recordedMachine } from '../hardware/testing/recorded-machine.ts';
import { openStore } from '../store/open.ts';
import { findings, shareable } from './doctor.ts';
import { examineAlone } from './examine-alone.ts';
import { madeInput } from './testing/made-input.ts';

const hasCompiler = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;
const logger = createLogger('test', 'silent');
let parts = new DisposableStack();
afterEach(() => {
  parts.dispose();
  parts = new DisposableStack();
});

/** What the doctor says of the devices of a recorded machine where all else is well: level, title, detail. */
async function told(name: RecordingName): Promise<readonly Finding[]> {
  const machine = parts.use(await recordedMachine(name));
  const db = openStore(tempFolder());
  parts.defer(() => void db.close());
  const { root, nvmlLibrary } = machine;
  const hardware = parts.use(
    await openHardware({
      root,
      platform: 'linux',
      nvmlLibrary,
      workerPublicKey: '',
      db,
      clock: systemClock,
      logger,
      changed: () => undefined,
    }),
  );
  const samples = Object.fromEntries(
    hardware
      .devices()
      .flatMap(({ id }) => [[id, hardware.sample(id)] as const])
      .filter(hasSample),
  );
  return findings(madeInput({ devices: hardware.devices(), samples, adapters: null }));
}
type Pair<T> = readonly [string, T];
const hasSample = <T>(pair: Pair<T | null>): pair is Pair<T> => pair[1] !== null;
const gpus = (all: readonly Finding[]) =>
  all.filter(({ id }) => id.startsWith('device:gpu:')).map(({ level, title, detail }) => `${level} ${title}: ${detail}`);
const level = (all: readonly Finding[], id: string) => all.find((each) => each.id === id)?.level;

describe.skipIf(!hasCompiler)('the doctor on recorded machines (needs gcc)', () => {
  it('finds both cards of a mixed rig, the power limit of one and the riser of the other', async () => {
    const all = await told('rtx-4090-and-3060');
    expect(gpus(all)).toEqual([
      'good NVIDIA GeForce RTX 4090: GPU, 24 GiB of memory, power limit 450 W.',
      'good NVIDIA GeForce RTX 3060: GPU, 12 GiB of memory, power limit 130 W (170 W by default), 1 of its 16 PCI Express lanes.',
    ]);
    expect(level(all, 'nvidia-driver')).toBe('good');
    expect(all.find(({ id }) => id === 'draw-measured')?.detail).toContain('RTX 4090, NVIDIA GeForce RTX 3060');
    expect(shareable({ atMs: 0, findings: [...all] })).toHaveLength(3);
  });

  it('tells two identical cards apart', async () => {
    const titles = (await told('two-rtx-3090')).filter(({ id }) => id.startsWith('device:gpu:')).map(({ title }) => title);
    expect(titles).toEqual(['NVIDIA GeForce RTX 3090 (PCI 0000:41:00.0)', 'NVIDIA GeForce RTX 3090 (PCI 0000:81:00.0)']);
  });

  it('says of one lost card what to do, and that the other works', async () => {
    const all = await told('one-lost');
    expect(gpus(all)).toEqual([
      expect.stringMatching(/^good NVIDIA GeForce RTX 3090/),
      expect.stringMatching(/^missing .*does not answer/),
    ]);
    expect(level(all, 'nvidia-driver')).toBe('good');
  });

  it('says of a card that sleeps no more than that', async () => {
    const all = await told('hybrid-laptop');
    expect(gpus(all)).toEqual([expect.stringMatching(/NVIDIA .*sleeps/), expect.stringMatching(/^unneeded AMD Radeon/)]);
    expect(level(all, 'nvidia-driver')).not.toBe('missing');
  });

  it('says of a divided card how to join it', async () => {
    const [card] = (await told('mig')).filter(({ id }) => id.startsWith('device:gpu:'));
    expect(card).toMatchObject({ level: 'missing', fix: expect.stringContaining('nvidia-smi -mig 0') });
  });
});

describe.skipIf(process.platform !== 'linux')('the doctor on recorded machines without NVIDIA’s driver', () => {
  it('says that an AMD card cannot be leased yet', async () => {
    const all = await told('rx-7900-xtx');
    expect(gpus(all)).toEqual([expect.stringMatching(/^missing AMD Radeon RX 7900 XTX: GPU, 24 GiB .* Cannot be shared\./)]);
    expect(level(all, 'nvidia-driver')).toBeUndefined();
  });

  it('asks for nothing to be done about a graphics part of a processor', async () => {
    expect(gpus(await told('arc-a770')).map((text) => text.split(':')[0])).toEqual([
      'unneeded Intel UHD Graphics 770',
      'missing Intel Arc A770',
    ]);
  });

  it('says how to replace nouveau', async () => {
    const all = await told('nouveau');
    expect(all.find(({ id }) => id === 'nvidia-driver')).toMatchObject({ level: 'missing', fix: expect.stringContaining('nvidia-driver') });
  });

  it('says that there is no GPU', async () => {
    const all = await told('no-gpu');
    expect(level(all, 'no-gpu')).toBe('limited');
    expect(gpus(all)).toEqual([]);
  });

  it('needs no agent, and leaves the folder of one as it is', async () => {
    const machine = parts.use(await recordedMachine('no-gpu'));
    const { root, nvmlLibrary } = machine;
    const dataDir = `${tempFolder()}/agent`;
    const report = await examineAlone({ root, nvmlLibrary, dataDir, env: {}, clock: systemClock, logger });
    expect(new Set(report.findings.map(({ group }) => group))).toEqual(new Set(['machine', 'devices', 'engine', 'presence', 'power']));
    expect(report.findings.find(({ id }) => id === 'disk')?.detail).toContain(dataDir);
    expect(existsSync(dataDir)).toBe(false);
  }, 60_000);
});
