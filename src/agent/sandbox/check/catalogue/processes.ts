import type { Titles } from '../probes.ts';

export const processes: Titles = [
  ['see-processes', "See the machine's processes"],
  ['signal-processes', "End one of the machine's processes"],
  ['go-first', 'Go before everybody else at the processor (nice)'],
  ['real-time', 'Go before everybody else at the processor (real time, FIFO)'],
  ['round-robin', 'Go before everybody else at the processor (real time, round robin)'],
  ['deadline', 'Reserve processor time (deadline)'],
  ['disk-first', 'Go before everybody else at the disk'],
  ['never-killed', 'Never be ended when memory runs out'],
  ['raise-open-files', 'Raise its limit of open files'],
  ['raise-locked-memory', 'Raise its limit of locked memory'],
  ['raise-core-dumps', 'Have its memory written to disk when it crashes'],
  ['raise-queues', 'Raise its limit of message queues'],
];

/** The job beside this one, and the one before it. */
export const otherJobs: Titles = [
  ['see-other-job', 'See the processes of another job'],
  ['signal-other-job', 'End a process of another job'],
  ['memory-of-other-job', 'Read the memory of another job'],
  ['disk-of-other-job', "Read another job's disk"],
  ['tmp-of-other-job', "Read another job's /tmp"],
  ['shared-files-of-other-job', "Read another job's /dev/shm"],
  ['shared-memory-of-other-job', "Open another job's shared memory"],
  ['port-of-other-job', "Reach another job's port"],
  ['socket-of-other-job', "Reach another job's local socket"],
  ['disk-of-job-before', 'Read what the job before left on its disk'],
  ['tmp-of-job-before', 'Read what the job before left in /tmp'],
  ['shared-files-of-job-before', 'Read what the job before left in /dev/shm'],
  ['shared-memory-of-job-before', 'Open the shared memory of the job before'],
];
