import type { Titles } from '../probes.ts';

export const resources: Titles = [
  ['many-files', 'Open more files than granted'],
  ['many-signals', 'Queue more signals than granted'],
  ['locked-memory', 'Lock more memory than granted'],
  ['socket-buffers', 'Have larger network buffers than anybody may'],
  ['disk-requests', "Take the machine's places for disk requests (aio)"],
  ['many-files-in-tmp', 'Make more files in /tmp than it holds'],
  ['many-files-in-job', 'Make more files on its disk than it holds'],
  ['fill-job', 'Write more to its disk than granted'],
  ['fill-tmp', 'Write more to /tmp than it holds'],
  ['fill-shared-memory-files', 'Write more to /dev/shm than it holds'],
  ['fill-shared-memory', 'Take more memory than granted, as shared memory'],
  ['fill-memory', 'Take more memory than granted'],
  ['fill-memory-file', 'Take more memory than granted, as a file in memory'],
  ['fill-sockets', 'Take more memory than granted, as messages on their way'],
  ['many-threads', 'Start more threads than granted (thread bomb)'],
  ['many-processes', 'Start more processes than granted (fork bomb)'],
];
