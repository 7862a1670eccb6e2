import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Engine } from '../engine.ts';
import { contentDigest, type ImageFile, sortedFiles } from '../local-image/image-files.ts';
import { dropOtherLocalImages, findLocalImage, importLocalImage } from '../local-image/local-image.ts';
import { runtimeFiles } from '../local-image/runtime-files.ts';

const run = promisify(execFile);

/** What holder and proxy consist of: Node's own modules and these files. */
const PROGRAM = [
  'audit.ts',
  'budget.ts',
  'headers.ts',
  'holder-main.ts',
  'proxy-main.ts',
  'proxy.ts',
  'special-addresses.ts',
  'target.ts',
] as const;
const FOLDER = 'nightshift';

/** Where the two programs are in the image. */
export const HOLDER_PROGRAM = `/${FOLDER}/holder-main.mjs`;
export const PROXY_PROGRAM = `/${FOLDER}/proxy-main.mjs`;
/** Where the socket's volume is mounted. */
export const SOCKET_FOLDER = '/socket';

/** Another lease may wait for the digest too. */
const NEVER = new AbortController().signal;

/** The image of holder and proxy, made from the Node of this machine. */
export interface HelperImage {
  /** Its id; made first where it is not there, in some seconds. Throws `engine-lost`, `disk-full`. */
  ready(signal: AbortSignal): Promise<string>;
}

export function openHelperImage(engine: Engine): HelperImage {
  /** Node cannot change under a running process, so its 120 MB are read once. */
  let digest: Promise<string> | null = null;

  const contentOf = async (): Promise<string> => {
    const sources = await Promise.all(PROGRAM.map(sourceFile));
    return contentDigest(sortedFiles([...(await runtimeFiles(NEVER)), ...sources]), NEVER);
  };

  return {
    async ready(signal) {
      digest ??= contentOf();
      const content = await digest.catch((error: unknown) => {
        digest = null;
        throw error;
      });
      const found = await findLocalImage(engine, 'egress', content);
      if (found !== null) return found.imageId;
      const files = sortedFiles([...(await runtimeFiles(signal)), ...(await programFiles(signal))]);
      const mountPoints = [{ path: SOCKET_FOLDER.slice(1), mode: 0o755 }];
      const recipe = { kind: 'egress', name: 'proxy', content, files, mountPoints, changes: ['ENV PATH=/usr/local/bin'] } as const;
      const { imageId } = await importLocalImage(engine, recipe, signal, () => undefined);
      await dropOtherLocalImages(engine, 'egress', content);
      return imageId;
    },
  };
}

const sourcePath = (name: string): string => fileURLToPath(new URL(`program/${name}`, import.meta.url));

async function sourceFile(name: string): Promise<ImageFile> {
  const source = sourcePath(name);
  return { path: `${FOLDER}/${name}`, executable: false, content: { kind: 'file', source, sizeBytes: (await stat(source)).size } };
}

/** The program as JavaScript: taking the types off inside the containers costs each 75 ms and 17 MB. */
async function programFiles(signal: AbortSignal): Promise<readonly ImageFile[]> {
  const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', STRIP, ...PROGRAM.map(sourcePath)], {
    signal,
  });
  const texts: readonly string[] = JSON.parse(stdout);
  return PROGRAM.map((name, index) => {
    const text = (texts[index] ?? '').replaceAll(/ from '(\.\/[a-z-]+)\.ts'/g, " from '$1.mjs'");
    return { path: `${FOLDER}/${name.replace(/\.ts$/, '.mjs')}`, executable: false, content: { kind: 'text', text } };
  });
}

/** In a process of its own, because what takes types off stays in memory. */
const STRIP = `
const { stripTypeScriptTypes } = require('node:module');
const { readFileSync } = require('node:fs');
console.log(JSON.stringify(process.argv.slice(1).map((path) => stripTypeScriptTypes(readFileSync(path, 'utf8')))));
`;
