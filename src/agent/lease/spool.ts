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
import { ProblemError } from '../../contract/model/problem.ts';

/** The files of one lease on the worker: inputs on their way in, log and artifacts on their way out. Kept until the lease is sealed. */
export interface Spool {
  readonly inputsPath: string;
  readonly logPath: string;
  readonly artifactsPath: string;
  hasInputs(): boolean;
  logBytes(): number;
  /** Takes the inputs in and checks them against the lease's terms; what does not match is thrown away. */
  receiveInputs(body: Readable, expected: { readonly digest: string; readonly sizeBytes: number }): Promise<void>;
  readLog(offset: number): Readable;
  readArtifacts(): Readable;
  remove(): void;
}

export function openSpool(dataDir: string, leaseId: string): Spool {
  const folder = join(dataDir, 'leases', leaseId);
  const inputsPath = join(folder, 'inputs.tar');
  const logPath = join(folder, 'log');
  const artifactsPath = join(folder, 'artifacts.tar');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let receiving = new AbortController();
  return {
    inputsPath,
    logPath,
    artifactsPath,
    hasInputs: () => existsSync(inputsPath),
    logBytes: () => (existsSync(logPath) ? statSync(logPath).size : 0),
    async receiveInputs(body, expected) {
      receiving.abort(); // an older attempt, of a connection that is perhaps long dead
      receiving = new AbortController();
      const { signal } = receiving;
      const partial = `${inputsPath}.${randomBytes(6).toString('hex')}.partial`; // of its own: two writers would spoil each other's bytes
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
        await pipeline(body, check, createWriteStream(partial, { mode: 0o600 }), { signal });
        if (`sha256:${hash.digest('hex')}` !== expected.digest) throw new Error('the digest differs');
      } catch (error) {
        rmSync(partial, { force: true });
        throw new ProblemError(
          'inputs-missing',
          `The inputs did not arrive whole: ${error instanceof Error ? error.message : error}.`,
          'The network sends them again.',
          {
            cause: error,
          },
        );
      }
      const fd = openSync(partial, 'r+');
      fsyncSync(fd);
      closeSync(fd);
      renameSync(partial, inputsPath);
    },
    readLog: (offset) => (existsSync(logPath) ? createReadStream(logPath, { start: offset }) : Readable.from([])),
    readArtifacts: () => createReadStream(artifactsPath),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
