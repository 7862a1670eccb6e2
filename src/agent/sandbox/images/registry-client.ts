import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Blob, MANIFEST_TYPES } from './manifest.ts';
import { notFound, refused, unreachable } from './refusal.ts';
import { apiHostOf, givesTokens, isLoopback, isOwnersOwn, type PinnedName, spell } from './registries.ts';
import { get, type HttpAnswer, HttpFault } from './vetted-http.ts';

/** Registries take manifests up to 4 MiB (OCI distribution specification, "Pushing Manifests"); what images have takes tens of KiB. */
export const MAX_DOCUMENT_BYTES = 2 ** 20;
const MAX_TOKEN_BYTES = 64 * 2 ** 10;
/** For one answer of at most 1 MiB: the slowest line that a pull makes sense on has it in that time. */
const ANSWER_TIMEOUT_MS = 30_000;
/** Registries send to their storage in one step or two. */
const MAX_REDIRECTS = 3;

export interface RegistryClient {
  /** A manifest by its digest, and the type that the registry says it has. */
  manifest(digest: string): Promise<{ readonly bytes: Buffer; readonly contentType: string }>;
  blob(blob: Blob): Promise<Buffer>;
}

interface RegistryOptions {
  /** The registries that the owner allows. */
  readonly allowed: readonly string[];
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/**
 * Reads the small documents of one image, without signing in. What it gives has the digest that was asked for. Talks TLS but to this very
 * machine, and to addresses of the internet but for a registry that the owner put in the list. Throws `image-not-found`,
 * `image-refused`, `network-unreachable`.
 */
export function openRegistry(name: PinnedName, { allowed, signal, timeoutMs = ANSWER_TIMEOUT_MS }: RegistryOptions): RegistryClient {
  const reference = spell(name);
  const apiHost = apiHostOf(name.registry);
  const base = new URL(`${isLoopback(apiHost) ? 'http' : 'https'}://${apiHost}/v2/${name.repository}/`);
  let token: string | null = null;

  const send = async (url: URL, headers: Readonly<Record<string, string>>, maxBytes: number): Promise<HttpAnswer> => {
    const isOwn = isOwnersOwn(url, allowed);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isOwn && isLoopback(url.host))) {
      throw refused(reference, `its registry leads to ${url.protocol}//${url.host}, which is not TLS`, 'Push it to another registry.');
    }
    try {
      return await get(url, { headers, maxBytes, timeoutMs, anywhere: isOwn, signal });
    } catch (error) {
      if (!(error instanceof HttpFault)) throw error;
      switch (error.kind) {
        case 'not-public':
          throw refused(reference, `its registry leads into a private network (${url.host})`, 'Push it to another registry.', error);
        case 'too-large':
          throw refused(reference, `what ${url.host} sends of it has no bearable size`, 'Push it to another registry.', error);
        case 'unreachable':
          throw unreachable(reference, `${url.host} does not answer (${error.message})`, error);
      }
    }
  };

  /** The token that everybody is given, by the registry's challenge (distribution specification, "Token Authentication"). */
  const fetchToken = async (challenge: string): Promise<string> => {
    const fields = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]));
    const realm = URL.parse(fields.get('realm') ?? '');
    if (!/^bearer /i.test(challenge) || realm === null) throw notFound(reference, `${apiHost} does not give it to everybody`);
    if (!givesTokens(realm, name.registry, allowed)) {
      throw refused(
        reference,
        `its registry asks to sign in at ${realm.host}, which is not allowed`,
        `The owner can allow ${realm.host} in the setting images.registries.`,
      );
    }
    const service = fields.get('service');
    if (service !== undefined) realm.searchParams.set('service', service);
    realm.searchParams.set('scope', `repository:${name.repository}:pull`);
    const { status, body } = await send(realm, { accept: 'application/json' }, MAX_TOKEN_BYTES);
    requireUp(realm.host, status);
    const given = status === 200 ? tokenAnswer.safeParse(body.toString()).data : undefined;
    const found = given?.token ?? given?.access_token;
    if (found === undefined) throw notFound(reference, `${realm.host} lets nobody in without signing in (${status})`);
    return found;
  };

  const requireUp = (host: string, status: number): void => {
    if (status === 429) throw unreachable(reference, `${host} says that this address has pulled too much lately`);
    if (status >= 500) throw unreachable(reference, `${host} is out of order (${status})`);
  };

  const follow = async (first: URL, accept: string): Promise<HttpAnswer> => {
    let url = first;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      // The token is for the registry alone.
      const authorization = token !== null && url.origin === first.origin ? { authorization: `Bearer ${token}` } : {};
      const answer = await send(url, { accept, ...authorization }, MAX_DOCUMENT_BYTES);
      if (answer.status < 300 || answer.status >= 400) return answer;
      const target = URL.parse(answer.headers.location ?? '', url.href);
      if (target === null) throw notFound(reference, `${url.host} leads nowhere (${answer.status})`);
      url = target;
    }
    throw refused(reference, `${first.host} leads in circles`, 'Push it to another registry.');
  };

  const fetchDocument = async (path: string, digest: string, accept: string): Promise<HttpAnswer> => {
    const url = new URL(path, base);
    let answer = await follow(url, accept);
    if (answer.status === 401 && token === null) {
      token = await fetchToken(answer.headers['www-authenticate'] ?? '');
      answer = await follow(url, accept);
    }
    requireUp(apiHost, answer.status);
    if (answer.status !== 200) throw notFound(reference, `${apiHost} has no such image for everybody (${answer.status})`);
    if (`sha256:${createHash('sha256').update(answer.body).digest('hex')}` !== digest) {
      throw refused(reference, `what ${apiHost} sends is not what its digest says`, 'Push it again, or to another registry.');
    }
    return answer;
  };

  return {
    manifest: async (digest) => {
      const { body, headers } = await fetchDocument(`manifests/${digest}`, digest, MANIFEST_TYPES.join(', '));
      return { bytes: body, contentType: headers['content-type'] ?? '' };
    },
    blob: async ({ digest, sizeBytes }) => {
      const { body } = await fetchDocument(`blobs/${digest}`, digest, '*/*');
      if (body.length === sizeBytes) return body;
      throw refused(reference, 'its manifest lies about sizes', 'Build it again, and push it.');
    },
  };
}

const bearer = z.string().regex(/^[\x21-\x7e]+$/);
const tokenAnswer = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown; // JSON.parse is typed any
    } catch {
      context.addIssue('not JSON'); // which is all there is to say
      return z.NEVER;
    }
  })
  .pipe(z.object({ token: bearer.optional(), access_token: bearer.optional() }));
