import { join } from 'node:path';
import type { Reading, Sensor, SensorContext } from '../../signals.ts';
import { isOurs } from './our-processes.ts';
import { watchProcesses } from './process-watch.ts';
import { linkTarget, namesIn, readText, readWord } from './system-files.ts';

const SOURCE = 'proc';
/** The kernel keeps 15 characters of a program's name (TASK_COMM_LEN, linux/sched.h). */
const COMM_CHARACTERS = 15;

export interface NamedProgramsOptions {
  /** As the owner wrote them: "Elden Ring.exe", "blender". */
  readonly names: () => readonly string[];
  /** Folders of our jobs' cgroups: what a renter runs may bear any name. */
  readonly jobCgroups: () => readonly string[];
  readonly agentPid: number;
}

/** A process, and the owner's names that it bears. */
interface Program {
  readonly comm: string;
  readonly borne: readonly string[];
}

/** Which of the programs that the owner named run now. */
export async function openNamedPrograms(context: SensorContext, options: NamedProgramsOptions): Promise<Sensor<'programs'> | null> {
  const proc = join(context.root, 'proc');
  if (namesIn(proc) === null) return null;
  let names: readonly string[] = [];
  const watch = () =>
    watchProcesses<Program>({ procFolder: proc, inspect, matters: ({ borne }) => borne.length > 0, forget: () => undefined });
  let processes = watch();

  function inspect(pid: number, before: Program | null, thorough: boolean): Program | null {
    const folder = join(proc, String(pid));
    const comm = readWord(join(folder, 'comm'));
    if (comm === null) return null;
    // To become another program (execve) gives a process another name; one that bears a wanted name is looked at whole.
    if (before !== null && before.comm === comm && before.borne.length === 0 && !thorough) return before;
    const command = readText(join(folder, 'cmdline'));
    if (!command.ok || command.text === '') return { comm, borne: [] }; // a thread of the kernel, or a process that has ended
    const [program = ''] = command.text.split('\0', 1);
    const called = [baseName(program), baseName(linkTarget(join(folder, 'exe')) ?? '')];
    const borne = names.filter((name) => isCalled(name, comm, called));
    return { comm, borne: borne.length > 0 && isOurs(proc, pid, options.jobCgroups(), options.agentPid) ? [] : borne };
  }

  return {
    signal: 'programs',
    source: SOURCE,
    pace: 'brisk',
    read(): Reading<readonly string[]> {
      const wanted = options.names();
      if (wanted.join('\0') !== names.join('\0')) {
        names = wanted;
        processes.close();
        processes = watch();
      }
      if (names.length === 0) return { kind: 'known', source: SOURCE, value: [] };
      const running = new Set([...processes.refresh(context.monotonicMs()).values()].flatMap(({ borne }) => borne));
      return { kind: 'known', source: SOURCE, value: names.filter((name) => running.has(name)) };
    },
    close: () => processes.close(),
  };
}

/** Windows programs under Wine and Proton show their Windows paths. */
function baseName(path: string): string {
  return plain(path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1));
}

function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/\.exe$/, '');
}

function isCalled(name: string, comm: string, called: readonly string[]): boolean {
  const wanted = baseName(name);
  if (wanted === '') return false;
  if (called.includes(wanted) || plain(comm) === wanted) return true;
  // A long name is cut off, perhaps within its ".exe".
  return Buffer.byteLength(comm) >= COMM_CHARACTERS && `${wanted}.exe`.startsWith(comm.toLowerCase());
}
