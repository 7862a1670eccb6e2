import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { readJobFile, specOf } from './job-file.ts';

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
    ['', null],
    ['checkpoint: { every: 5m, grace: 1s }', { intervalMs: 300_000, graceMs: 1_000 }],
    ['checkpoint: { every: 1s, grace: 1.2s }', { intervalMs: 1_000, graceMs: 1_200 }],
    ['checkpoint: { every: 24h }', { intervalMs: 86_400_000, graceMs: 0 }],
  ])('says how often the job saves its state: %s', (line, expected) => {
    const file = readJobFile(write(`${good}${line}\n`));
    expect(specOf(file, `sha256:${'0'.repeat(64)}`, null).checkpoint).toEqual(expected);
  });

  it('reaches nothing, or what it names with limits on what it moves', () => {
    const networkOf = (line: string) => specOf(readJobFile(write(`${good}${line}`)), `sha256:${'0'.repeat(64)}`, null).network;
    expect(networkOf('')).toEqual({ kind: 'none' });
    expect(networkOf('network: { allow: [example.org:443, files.example.org:8080], upload: 5MB }\n')).toEqual({
      kind: 'egress',
      allow: ['example.org:443', 'files.example.org:8080'],
      maxUploadBytes: 5_000_000,
      maxDownloadBytes: 20 * 2 ** 30,
    });
  });

  it.each(['192.168.1.1:80', '[::1]:443', 'Example.org:443', 'example.org', 'example.org:0', 'example.org:65536', '*.example.org:443'])(
    'names no address to connect to: %s',
    (address) => {
      expect(failure(`${good}network: { allow: ['${address}'] }\n`)).toMatch(
        /job\.yaml:13: network\.allow\.0 must (be a host name|have a port)/,
      );
    },
  );

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
    [
      'checkpoints without an interval',
      () => failure(`${good}checkpoint: { grace: 1s }\n`),
      /job\.yaml: checkpoint\.every must be a duration/,
    ],
    [
      'checkpoints too often',
      () => failure(`${good}checkpoint: { every: 500ms }\n`),
      /job\.yaml:13: checkpoint\.every must be at least 1s/,
    ],
    ['checkpoints too seldom', () => failure(`${good}checkpoint: { every: 2d }\n`), /job\.yaml:13: checkpoint\.every must be at most 24h/],
    [
      'a grace that keeps the owner waiting',
      () => failure(`${good}checkpoint:\n  every: 5m\n  grace: 2s\n`),
      /job\.yaml:15: checkpoint\.grace must be at most 1\.2s: an owner who stays has the machine back within two seconds/,
    ],
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
