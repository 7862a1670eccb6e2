import type { Finding } from '../../contract/model/doctor.ts';
import type { DoctorInput } from './input.ts';
import { gib } from './words.ts';

const GIB = 2 ** 30;
/** A gigabyte for the smallest job beside the agent, the engine and the system. */
const LEAST_MEMORY_BYTES = 2 * GIB;
/** The sandbox's base image, one renter's image and a job's disk hardly fit into less. */
const LEAST_DISK_BYTES = 2 * GIB;
/** Images of most GPU jobs need as much. */
const AMPLE_DISK_BYTES = 40 * GIB;

/** The system, its memory and its disk. */
export function machineFindings({ host }: DoctorInput): readonly Finding[] {
  const finding = (id: string, title: string, level: Finding['level'], detail: string, fix: string | null): Finding => ({
    id,
    group: 'machine',
    title,
    level,
    detail,
    fix,
  });
  const isKnown = host.architecture === 'x64' || host.architecture === 'arm64';
  const session = host.session === null ? '' : `, ${host.session}`;
  const freeBytes = host.disk.freeBytes;
  const free = `${gib(freeBytes)} are free at ${host.disk.path}`;
  return [
    isKnown
      ? finding('system', 'System', 'good', `${host.osName}, kernel ${host.kernel}, ${host.architecture}${session}.`, null)
      : finding(
          'system',
          'System',
          'missing',
          `There is no sandbox for ${host.architecture} processors.`,
          'Use a 64-bit Intel, AMD or ARM machine.',
        ),
    host.memoryBytes >= LEAST_MEMORY_BYTES
      ? finding('memory', 'Memory', 'good', `${gib(host.memoryBytes)}.`, null)
      : finding(
          'memory',
          'Memory',
          'missing',
          `${gib(host.memoryBytes)}; jobs need at least ${gib(LEAST_MEMORY_BYTES)}.`,
          'Add memory, or raise the limit of the container or virtual machine that this is.',
        ),
    freeBytes >= AMPLE_DISK_BYTES
      ? finding('disk', 'Disk', 'good', `${free}.`, null)
      : freeBytes >= LEAST_DISK_BYTES
        ? finding(
            'disk',
            'Disk',
            'limited',
            `${free}; images of GPU jobs often need ${gib(AMPLE_DISK_BYTES)}.`,
            'Free some space, or move the folder to a larger disk: --home <folder>',
          )
        : finding(
            'disk',
            'Disk',
            'missing',
            `Only ${free}; jobs need at least ${gib(LEAST_DISK_BYTES)}.`,
            'Free some space, or move the folder to a larger disk: --home <folder>',
          ),
  ];
}
