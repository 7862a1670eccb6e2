import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { readJobFile } from './job-file.ts';

const good = `name: digits
build: .
command: [node, train.mjs]
inputs: inputs
outputs: [model.json]
device: { class: cpu }
limits:
  time: 10m
  memory: 1GiB
  disk: 256MB
  cpus: 1.5
price: { max: 0.1 }
`;
const write = (text: string): string => {
  const path = join(tempFolder(), 'job.yaml');
  writeFileSync(path, text);
  return path;
};
const failure = (text: string): string => {
  try {
    readJobFile(write(text));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'no failure';
};

describe('job file', () => {
  it('is read into exact units', () => {
    expect(readJobFile(write(good))).toMatchObject({
      timeLimitMs: 600_000,
      memoryBytes: 2 ** 30,
      diskBytes: 256_000_000,
      maxMicroPerHour: 100_000,
      command: ['node', 'train.mjs'],
      image: { kind: 'build' },
    });
  });

  it.each([
    ['a missing file', () => readJobFile('/nowhere/job.yaml'), /cannot be read/],
    ['a duration that is none', () => failure(good.replace('10m', 'ten minutes')), /job\.yaml:8: limits\.time must be a duration/],
    [
      'a tag instead of a digest',
      () => failure(good.replace('build: .', 'image: python:3')),
      /job\.yaml:2: image must be an image id .* because a tag can change/,
    ],
    ['a field that does not exist', () => failure(`${good}gpus: 2\n`), /job\.yaml:13: gpus is no field of a job file/],
    ['neither image nor build', () => failure(good.replace('build: .\n', '')), /name either image or build/],
    ['a missing price', () => failure(good.replace('price: { max: 0.1 }\n', '')), /price/],
    ['a misspelt field', () => failure(good.replace('command:', 'comand:')), /job\.yaml:3: comand is no field of a job file/],
    ['an empty file', () => failure(''), /this is no job file/],
    ['what is not YAML', () => failure('name: [digits\n'), /job\.yaml:\d+: /],
  ])('%s is one sentence with the line and what to do', (_what, run, expected) => {
    let said = '';
    try {
      said = String(run());
    } catch (error) {
      said = error instanceof Error ? error.message : String(error);
    }
    expect(said).toMatch(expected);
    expect(said).toMatch(/Correct it|Check its path/);
  });
});
