import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tempFolder } from '../../../../lib/testing/temp-folder.ts';
import { digestOf, type ImageParts, type Layer, OCI } from './image-parts.ts';

const PROGRAM = '/usr/bin/docker-registry';

export interface DebianRegistry extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly dataDir: string;
  /** Puts an image there, and returns its reference by digest. */
  push(repository: string, parts: ImageParts, layers: readonly Layer[]): Promise<string>;
  put(repository: string, bytes: Buffer, mediaType: string): Promise<string>;
  /** What was asked of it, one request a line. */
  accessLog(): string;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts Debian's docker-registry on loopback, with a folder of its own. */
export async function startRegistry(): Promise<DebianRegistry> {
  const folder = tempFolder();
  const dataDir = join(folder, 'data');
  const host = `127.0.0.1:${await freePort()}`;
  const configPath = join(folder, 'config.yml');
  const logPath = join(folder, 'registry.log');
  writeFileSync(
    configPath,
    `version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: ${dataDir}}}\nhttp: {addr: '${host}'}\n`,
  );
  const log = createWriteStream(logPath);
  await once(log, 'open');
  const registry = spawn(PROGRAM, ['serve', configPath], { stdio: ['ignore', log, log] });
  const exited = once(registry, 'exit');
  const base = `http://${host}/v2/`;
  const isUp = (): Promise<boolean> =>
    fetch(base).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let tries = 0; !(await isUp()); tries++) {
    if (tries > 100 || registry.exitCode !== null) throw new Error(`the registry does not start: ${readFileSync(logPath, 'utf8')}`);
    await sleep(100);
  }

  const send = async (url: string, method: string, body: Buffer | null, type: string): Promise<Response> => {
    const answer = await fetch(url, { method, body: body === null ? null : new Uint8Array(body), headers: { 'content-type': type } });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const putBlob = async (repository: string, bytes: Buffer): Promise<void> => {
    const begun = await send(`${base}${repository}/blobs/uploads/`, 'POST', null, 'application/octet-stream');
    const place = new URL(begun.headers.get('location') ?? '', base);
    place.searchParams.set('digest', digestOf(bytes));
    await send(place.href, 'PUT', bytes, 'application/octet-stream');
  };
  const put = async (repository: string, bytes: Buffer, mediaType: string): Promise<string> => {
    await send(`${base}${repository}/manifests/${digestOf(bytes)}`, 'PUT', bytes, mediaType);
    return `${host}/${repository}@${digestOf(bytes)}`;
  };

  return {
    host,
    dataDir,
    put,
    push: async (repository, { config, manifest }, layers) => {
      for (const { packed } of layers) await putBlob(repository, packed);
      await putBlob(repository, config);
      return put(repository, manifest, OCI.manifest);
    },
    accessLog: () => readFileSync(logPath, 'utf8'),
    [Symbol.asyncDispose]: async () => {
      registry.kill('SIGKILL');
      await exited;
    },
  };
}
