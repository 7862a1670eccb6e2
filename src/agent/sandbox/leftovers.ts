import { openControlGroup } from './control-group.ts';
import type { Engine } from './engine.ts';
import { dropLoopDisk, listDiskFiles } from './loop-disk.ts';
import { isLeaseId, LEASE_LABEL, leaseOfDiskFile, namesOf, OWNER_LABEL } from './names.ts';
import { removed } from './removed.ts';
import { together } from './together.ts';

export interface Whereabouts {
  readonly engine: Engine;
  readonly owner: string;
  readonly diskDir: string;
}

/** Removes all that a lease may have left, whatever of it there is. Throws `engine-lost` when that is not certain to be done. */
export async function wipeLease({ engine, owner, diskDir }: Whereabouts, leaseId: string): Promise<void> {
  const names = namesOf(leaseId);
  await together(
    [names.container, names.filler].map(async (name) => {
      const found = await engine.find((docker) => docker.getContainer(name).inspect());
      if (found?.Config.Labels[OWNER_LABEL] === owner) {
        killByHand(found.Id, found.State.Pid);
        await removed(engine.ask((docker) => docker.getContainer(found.Id).remove({ force: true, v: true })));
      }
    }),
  );
  await together(
    [names.jobVolume, names.inputsVolume].map(async (name) => {
      const found = await engine.find((docker) => docker.getVolume(name).inspect());
      if (found?.Labels?.[OWNER_LABEL] === owner) await removed(engine.ask((docker) => docker.getVolume(name).remove()));
    }),
  );
  if (process.platform === 'linux') await dropLoopDisk(names.diskFile, diskDir);
}

/** Where that reaches: beside busy programs the engine alone takes seconds to end a job, which weighs next to nothing. */
function killByHand(containerId: string, pid: number): void {
  const group = pid > 0 ? openControlGroup(containerId, pid) : null;
  group?.kill();
  group?.close();
}

/** Every lease of this owner of which the engine or the disk folder still holds something. */
export async function findLeases({ engine, owner, diskDir }: Whereabouts): Promise<ReadonlySet<string>> {
  const filters = { label: [`${OWNER_LABEL}=${owner}`] };
  const containers = await engine.ask((docker) => docker.listContainers({ all: true, filters }));
  // Podman answers null for no volume, against its own description.
  const volumes = (await engine.ask((docker) => docker.listVolumes({ filters }))).Volumes ?? [];
  const files = process.platform === 'linux' ? await listDiskFiles(diskDir) : [];
  const leases = [
    ...[...containers, ...volumes].map((thing) => thing.Labels?.[LEASE_LABEL]),
    ...[...files].map((file) => leaseOfDiskFile(file)),
  ];
  // A container inherits the labels of its image, so a label may say anything; what we make bears a proper id.
  return new Set(leases.filter((leaseId) => leaseId !== undefined && leaseId !== null).filter(isLeaseId));
}
