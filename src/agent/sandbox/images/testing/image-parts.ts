import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import tar from 'tar-stream';

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export interface Layer {
  readonly packed: Buffer;
  readonly digest: string;
  readonly diffId: string;
}

export function layerOf(packed: Buffer): Layer {
  return { packed, digest: digestOf(packed), diffId: digestOf(gunzipSync(packed)) };
}

/** A layer of one file. */
export async function fileLayer(name: string, content: string | Buffer): Promise<Layer> {
  const pack = tar.pack();
  pack.entry({ name, mode: 0o755 }, content);
  pack.finalize();
  return layerOf(gzipSync(await buffer(pack)));
}

const MIB = 2 ** 20;

/** Of a file in ustar format; tar-stream gives none without the file. */
function tarHeader(name: string, sizeBytes: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0' + '0000000\0' + '0000000\0', 100); // mode, uid, gid
  header.write(`${sizeBytes.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0${' '.repeat(8)}0`, 124); // size, time, checksum, type
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** A layer of one file of zeros, packed to a thousandth. Made of gzip members that repeat, and so at once. */
export function zeroLayer(name: string, sizeMiB: number): Layer {
  const header = tarHeader(name, sizeMiB * MIB);
  const member = gzipSync(Buffer.alloc(MIB));
  const packed = Buffer.concat([gzipSync(header), ...Array.from({ length: sizeMiB }, () => member), gzipSync(Buffer.alloc(1024))]);
  const hash = createHash('sha256').update(header);
  const zeros = Buffer.alloc(MIB);
  for (let index = 0; index < sizeMiB; index++) hash.update(zeros);
  return { packed, digest: digestOf(packed), diffId: `sha256:${hash.update(Buffer.alloc(1024)).digest('hex')}` };
}

export const OCI = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

export const descriptorOf = (mediaType: string, bytes: Uint8Array) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });

export interface ImageParts {
  readonly config: Buffer;
  readonly manifest: Buffer;
}

/** Manifest and configuration of an image of this machine's kind. `change` and `said` alter what the configuration and the manifest say. */
export function imageParts(
  layers: readonly Layer[],
  change: Readonly<Record<string, unknown>> = {},
  said: Readonly<Record<string, unknown>> = {},
): ImageParts {
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      config: { Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      ...change,
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config: descriptorOf(OCI.config, config),
      layers: layers.map(({ packed }) => descriptorOf(OCI.layer, packed)),
      ...said,
    }),
  );
  return { config, manifest };
}
