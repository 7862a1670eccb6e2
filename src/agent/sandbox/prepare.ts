import type { Logger } from '../../lib/log.ts';
import type { EngineCapabilities } from './capabilities.ts';
import type { Egress, EgressPlace } from './egress/egress.ts';
import { packVolumes } from './fill.ts';
import { hardenedContainer } from './hardening.ts';
import type { ImageStore } from './images/image-store.ts';
import type { LeaseSpec } from './lease-spec.ts';
import { type Whereabouts, wipeLease } from './leftovers.ts';
import { attachNewDisk, formatDisk, LOOP_MOUNT_OPTIONS } from './loop-disk.ts';
import { labelsOf, namesOf } from './names.ts';
import { together } from './together.ts';

export type PrepareStep = 'checking-image' | 'pulling-image' | 'preparing-disk';
export type OnPrepareProgress = (step: PrepareStep, fraction: number | null) => void;

export interface PrepareRoom extends Whereabouts {
  readonly images: ImageStore;
  readonly egress: Egress;
  /** Text of resources/sandbox/seccomp.json. */
  readonly seccompProfile: string;
  /** What the engine can do now. Throws `engine-lost`. */
  readonly capabilities: (signal: AbortSignal) => Promise<EngineCapabilities>;
  readonly logger: Logger;
}

const NO_NETWORK: EgressPlace = { networkMode: 'none', env: {} };

/** See `Sandbox.prepare`. */
export async function prepareLease(room: PrepareRoom, spec: LeaseSpec, signal: AbortSignal, onProgress: OnPrepareProgress): Promise<void> {
  const { engine, logger } = room;
  const { leaseId, uid, network } = spec;
  const wipe = async (): Promise<void> => {
    await wipeLease(room, leaseId);
    if (network.kind === 'egress') await room.egress.close(leaseId);
  };
  const checkImage = async () => {
    const capabilities = await room.capabilities(signal);
    return { capabilities, image: await room.images.ready(spec.image, capabilities, signal, onProgress) };
  };
  const [{ capabilities, image }] = await together([checkImage(), wipe()]);
  onProgress('preparing-disk', null);
  try {
    const [device, place] = await together([
      makeVolumes(room, spec, capabilities.loopDisks),
      network.kind === 'egress' ? room.egress.open({ leaseId, uid, network }, signal) : NO_NETWORK,
    ]);
    signal.throwIfAborted();
    const container = hardenedContainer({
      owner: room.owner,
      spec,
      imageId: image.id,
      imageEnv: image.env,
      capabilities,
      network: { mode: place.networkMode, env: place.env },
      seccompProfile: room.seccompProfile,
    });
    const formatted =
      device === null ? null : formatDisk({ device, uid, names: jobFolders(spec) }, namesOf(leaseId).diskFile, room.diskDir);
    await together([
      formatted,
      engine.ask((docker) => docker.createContainer(container)),
      fillVolumes(room, spec, formatted, image.id, signal, (fraction) => onProgress('preparing-disk', fraction)),
    ]);
    signal.throwIfAborted();
  } catch (error) {
    await wipe().catch((cause: unknown) =>
      logger.warn({ leaseId, err: cause }, 'a lease that failed to start is not wiped yet; the next sweep does it'),
    );
    throw error;
  }
}

/** What a job finds in /job. */
const jobFolders = ({ checkpoint }: LeaseSpec): readonly string[] => ['out', 'tmp', ...(checkpoint ? ['checkpoint'] : [])];

/** Makes the lease's volumes; returns the loop device of /job, which is not formatted yet, or null where it is a plain folder of the engine. */
async function makeVolumes({ engine, owner, diskDir }: Whereabouts, spec: LeaseSpec, loopDisks: boolean): Promise<string | null> {
  const names = namesOf(spec.leaseId);
  const Labels = labelsOf(owner, spec.leaseId, 'volume');
  const makeJobVolume = async () => {
    const device = loopDisks ? await attachNewDisk(names.diskFile, spec.diskBytes, diskDir) : null;
    const DriverOpts = device === null ? {} : { type: 'ext4', device, o: LOOP_MOUNT_OPTIONS };
    await engine.ask((docker) => docker.createVolume({ Name: names.jobVolume, Driver: 'local', DriverOpts, Labels }));
    return device;
  };
  // The job cannot write to its inputs, so their own size is their limit.
  const makeInputsVolume = () => engine.ask((docker) => docker.createVolume({ Name: names.inputsVolume, Driver: 'local', Labels }));
  const [device] = await together([makeJobVolume(), makeInputsVolume()]);
  return device;
}

/**
 * Fills the volumes where there is something to fill in, through a container that is made for it and never started: the engine unpacks no
 * archive into a container whose root is read-only, and nothing of the image may run before the job is hardened. Only the volumes concerned
 * are in it, because a disk that is mounted and taken off once more takes a tenth of a second. `formatted`: when the disk of /job is ready
 * with its folders; null: /job is a plain folder that belongs to root.
 */
async function fillVolumes(
  { engine, owner }: Whereabouts,
  spec: LeaseSpec,
  formatted: Promise<void> | null,
  imageId: string,
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<void> {
  const names = namesOf(spec.leaseId);
  const { uid, inputsTar } = spec;
  const checkpointTar = spec.checkpoint?.tar ?? null;
  const folders = formatted === null ? ['job', ...jobFolders(spec).map((name) => `job/${name}`)] : [];
  const Binds = [
    ...(folders.length > 0 || checkpointTar !== null ? [`${names.jobVolume}:/job:nocopy`] : []),
    ...(inputsTar !== null ? [`${names.inputsVolume}:/in:nocopy`] : []),
  ];
  if (Binds.length === 0) return;
  const filler = await engine.ask((docker) =>
    docker.createContainer({
      name: names.filler,
      Image: imageId,
      Entrypoint: ['/never-started'],
      Labels: labelsOf(owner, spec.leaseId, 'filler'),
      HostConfig: { NetworkMode: 'none', Binds },
    }),
  );
  const archive = packVolumes({ uid, folders, inputsTar, checkpointTar, onFraction });
  try {
    await formatted;
    await engine.askLong(() => filler.putArchive(archive, { path: '/', abortSignal: signal }));
  } finally {
    archive.destroy();
  }
  await engine.ask(() => filler.remove({ force: true, v: true }));
}
