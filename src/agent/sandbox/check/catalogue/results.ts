import type { Titles } from '../probes.ts';

/** What a job hands out, and what stays after it: tried from outside, by the agent. */
export const results: Titles = [
  ['output-link', 'Bring back a link to a file of this machine as a result'],
  ['output-through-link', 'Bring back a file of this machine through a linked folder'],
  ['output-outside', 'Bring back a file from outside its results folder'],
  ['output-twin', 'Bring back two names of one file (hard link)'],
  ['output-pipe', 'Bring back a pipe, on which a reader would wait for ever'],
  ['output-huge', 'Bring back more than was agreed, as a file that takes no space until it is read'],
  ['log-flood', 'Write a log without an end'],
  ['log-commands', 'Hide commands to a terminal in the log'],
  ['ignore-end', 'Ignore the request to end'],
  ['starve-other-job', 'Take what another job needs to go on'],
  ['stay-behind', 'Stay behind when it is over: its container, its disk, its volumes'],
];
