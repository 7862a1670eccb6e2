import { ProblemError } from '../../../contract/model/problem.ts';
import { PUBLIC_REGISTRIES } from '../../../contract/model/settings.ts';

/** The registry that an image name means, by the rule of the reference grammar: a first part with a dot or a port, or localhost, is a host. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const isHost = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? first : 'docker.io';
}

/**
 * Throws `image-refused` for an image of another registry than the allowed ones: a renter names the image, and the owner's engine would dial
 * whatever host stands there, one of the owner's own network included.
 */
export function requireAllowedRegistry(reference: string, allowed: readonly string[]): void {
  const registry = registryOf(reference);
  if (allowed.includes(registry)) return;
  throw new ProblemError(
    'image-refused',
    `Images of ${registry} are not pulled on workers.`,
    allowed.length === 0
      ? 'Choose another worker: the owner of this one allows no registry.'
      : `Push the image to one of ${allowed.join(', ')}, and name it by digest.`,
  );
}

/** An image by registry, repository and digest. */
export interface PinnedName {
  readonly registry: string;
  readonly repository: string;
  readonly digest: string;
}

/** By the reference grammar (github.com/distribution/reference). It also keeps `..` out of the addresses that are asked. */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const MAX_NAME_LENGTH = 255;

/** Takes `name@sha256:<digest>` apart; a tag before the digest means nothing. Null where it is no such name. */
export function parsePinnedName(reference: string): PinnedName | null {
  const [name = '', digest = ''] = reference.split('@');
  const registry = registryOf(name);
  const path = name.startsWith(`${registry}/`) ? name.slice(registry.length + 1) : name;
  const untagged = path.replace(/:[\w.-]{1,128}$/, '');
  const repository = registry === 'docker.io' && !untagged.includes('/') ? `library/${untagged}` : untagged;
  const isName = REPOSITORY.test(repository) && repository.length <= MAX_NAME_LENGTH;
  return isName && /^sha256:[0-9a-f]{64}$/.test(digest) ? { registry, repository, digest } : null;
}

/** The one spelling of a name, by which the engine is asked. */
export const spell = ({ registry, repository, digest }: PinnedName): string => `${registry}/${repository}@${digest}`;

/** Docker Hub's API answers at another name than its images bear. */
export const apiHostOf = (registry: string): string => (registry === 'docker.io' ? 'registry-1.docker.io' : registry);

/** Where the public registries give out their tokens, when not at their own name: their WWW-Authenticate headers say so. */
const TOKEN_HOSTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['docker.io', ['auth.docker.io']],
  ['registry.gitlab.com', ['gitlab.com']],
]);

/** An address leaves out a port that goes without saying, an image's name does not. */
const leadsTo = (url: URL, host: string): boolean => URL.parse(`${url.protocol}//${host}`)?.host === url.host;

/** Whether a token for an image of the registry may be asked for there: at the registry itself, its known token host, or one that the owner lists. */
export const givesTokens = (url: URL, registry: string, allowed: readonly string[]): boolean =>
  [apiHostOf(registry), ...(TOKEN_HOSTS.get(registry) ?? []), ...allowed].some((host) => leadsTo(url, host));

/**
 * Whether an address may be dialled wherever its name leads. The owner's list is the owner's word: a registry of the owner's network that
 * the owner put there may be used. The public registries, which everybody has in the list, may not lead into it, nor may any other host.
 */
export const isOwnersOwn = (url: URL, allowed: readonly string[]): boolean =>
  allowed.some((host) => !PUBLIC_REGISTRIES.includes(host) && leadsTo(url, host));

/** Whether a registry is asked without TLS: one on this very machine only, which engines also do without being told. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3})(?::\d+)?$/.test(host);
