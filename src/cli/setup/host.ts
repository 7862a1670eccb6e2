import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { readTextIfPresent } from '../../lib/files.ts';

export interface HostFacts {
  readonly osName: string;
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  readonly coreCount: number;
  /** What this process may use: the machine's, or its control group's if that is less. */
  readonly memoryBytes: number;
  readonly dataDir: string;
  readonly diskFreeBytes: number;
  readonly nodeVersion: string;
  readonly isRoot: boolean;
  readonly hasDisplay: boolean;
}

export type HostProblemCode = 'disk-low' | 'memory-low' | 'node-old' | 'architecture-unsupported';

export interface HostProblem {
  readonly code: HostProblemCode;
  readonly sentence: string;
  readonly fix: string;
}

const gib = 2 ** 30;
/** The sandbox's base image, one renter image and a job's disk hardly fit into less. */
const leastDiskFreeBytes = 2 * gib;
/** A gigabyte for the smallest job beside the agent, the engine and the system. */
const leastMemoryBytes = 2 * gib;
/** Type stripping is stable since 24.12. */
const leastNode = { major: 24, minor: 12 } as const;

const inGib = (bytes: number): string => `${(bytes / gib).toFixed(1)} GiB`;

/** What of this machine would keep it from working well, in plain words. Pure. */
export function hostProblems(facts: HostFacts): readonly HostProblem[] {
  const problems: HostProblem[] = [];
  if (facts.diskFreeBytes < leastDiskFreeBytes) {
    problems.push({
      code: 'disk-low',
      sentence: `Only ${inGib(facts.diskFreeBytes)} are free on the disk of ${facts.dataDir}; jobs need at least ${inGib(leastDiskFreeBytes)}.`,
      fix: 'Free some space, or choose a data folder on another disk.',
    });
  }
  if (facts.memoryBytes < leastMemoryBytes) {
    problems.push({
      code: 'memory-low',
      sentence: `This machine has ${inGib(facts.memoryBytes)} of memory; jobs need at least ${inGib(leastMemoryBytes)}.`,
      fix: 'Use a machine with more memory, or raise the limit of the container or virtual machine this runs in.',
    });
  }
  const [major = 0, minor = 0] = facts.nodeVersion.replace(/^v/, '').split('.').map(Number);
  if (major < leastNode.major || (major === leastNode.major && minor < leastNode.minor)) {
    problems.push({
      code: 'node-old',
      sentence: `Node ${facts.nodeVersion} cannot run Nightshift, which needs ${leastNode.major}.${leastNode.minor} or later.`,
      fix: 'Start it with npm start, which brings its own.',
    });
  }
  if (facts.architecture !== 'x64' && facts.architecture !== 'arm64') {
    problems.push({
      code: 'architecture-unsupported',
      sentence: `There is no sandbox for ${facts.architecture} processors.`,
      fix: 'Use a 64-bit Intel, AMD or ARM machine.',
    });
  }
  return problems;
}

function osName(): string {
  if (process.platform === 'darwin') return 'macOS';
  if (process.platform === 'win32') return 'Windows';
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readTextIfPresent('/etc/os-release') ?? '')?.[1] ?? process.platform;
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

/** Looks at this machine; `dataDir` need not exist yet. */
export function readHostFacts(dataDir: string): HostFacts {
  const path = resolve(dataDir);
  const disk = statfsSync(nearestExisting(path));
  const constrainedBytes = process.constrainedMemory(); // 0 where there is no limit
  return {
    osName: osName(),
    platform: process.platform,
    architecture: process.arch,
    coreCount: availableParallelism(),
    memoryBytes: constrainedBytes > 0 ? Math.min(constrainedBytes, totalmem()) : totalmem(),
    dataDir: path,
    diskFreeBytes: disk.bavail * disk.bsize,
    nodeVersion: process.version,
    isRoot: process.getuid?.() === 0,
    hasDisplay: process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY),
  };
}
