import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArchiveRef } from '../../contract/model/lease.ts';
import { ProblemError } from '../../contract/model/problem.ts';

/** What the network sends before a lease starts. `checkpoint`: what an earlier attempt of the job has saved. */
export type Delivery = 'inputs' | 'checkpoint';

/** The files of one lease on the worker: what it starts with on its way in; log, artifacts and what it has saved on their way out. Kept until the lease is sealed. */
export interface Spool {
  readonly logPath: string;
  readonly artifactsPath: string;
  /** Of what this lease's run has saved. */
  readonly checkpointPath: string;
  /** Where a delivery is, once it is here. */
  pathOf(delivery: Delivery): string;
  has(delivery: Delivery): boolean;
  logBytes(): number;
  /** Takes a delivery in, durably, and checks it against the lease's terms; what does not match is thrown away. */
  receive(delivery: Delivery, body: Readable, expected: ArchiveRef): Promise<void>;
  readLog(offset: number): Readable;
  readArtifacts(): Readable;
  readCheckpoint(): Readable;
  remove(): void;
}

const FILES: Readonly<Record<Delivery, string>> = { inputs: 'inputs.tar', checkpoint: 'earlier-checkpoint.tar' };

export function openSpool(dataDir: string, leaseId: string): Spool {
  const folder = join(dataDir, 'leases', leaseId);
  const logPath = join(folder, 'log');
  const artifactsPath = join(folder, 'artifacts.tar');
  const checkpointPath = join(folder, 'checkpoint.tar');
  const pathOf = (delivery: Delivery): string => join(folder, FILES[delivery]);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const receiving = new Map<Delivery, AbortController>();
  return {
    logPath,
    artifactsPath,
    checkpointPath,
    pathOf,
    has: (delivery) => existsSync(pathOf(delivery)),
    logBytes: () => (existsSync(logPath) ? statSync(logPath).size : 0),
    async receive(delivery, body, expected) {
      receiving.get(delivery)?.abort(); // an older attempt, of a connection that is perhaps long dead
      const stop = new AbortController();
      receiving.set(delivery, stop);
      const partial = `${pathOf(delivery)}.${randomBytes(6).toString('hex')}.partial`; // of its own: two writers would spoil each other's bytes
      const hash = createHash('sha256');
      let bytes = 0;
      const check = new Transform({
        transform(chunk: Buffer, _encoding, callback) {
          bytes += chunk.length;
          hash.update(chunk);
          callback(bytes > expected.sizeBytes ? new Error('more bytes than the lease names') : null, chunk);
        },
      });
      try {
        await pipeline(body, check, createWriteStream(partial, { mode: 0o600 }), { signal: stop.signal });
        if (`sha256:${hash.digest('hex')}` !== expected.digest) throw new Error('the digest differs');
      } catch (error) {
        rmSync(partial, { force: true });
        throw new ProblemError(
          'inputs-missing',
          `The ${delivery === 'inputs' ? 'inputs' : 'files of the checkpoint'} did not arrive whole: ${error instanceof Error ? error.message : error}.`,
          'The network sends them again.',
          {
            cause: error,
          },
        );
      }
      sync(partial, 'r+');
      renameSync(partial, pathOf(delivery));
      if (process.platform !== 'win32') sync(folder, 'r'); // no folder can be synced there
    },
    readLog: (offset) => (existsSync(logPath) ? createReadStream(logPath, { start: offset }) : Readable.from([])),
    readArtifacts: () => createReadStream(artifactsPath),
    readCheckpoint: () => createReadStream(checkpointPath),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function sync(path: string, flags: 'r' | 'r+'): void {
  const fd = openSync(path, flags);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
