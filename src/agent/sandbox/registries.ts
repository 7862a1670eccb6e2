import { ProblemError } from '../../contract/model/problem.ts';

/**
 * Where images may be pulled from: the large public registries. A renter names the image, and the owner's engine would dial whatever host
 * stands there, one of the owner's own network included.
 */
export const PUBLIC_REGISTRIES: readonly string[] = [
  'docker.io',
  'gcr.io',
  'ghcr.io',
  'mcr.microsoft.com',
  'nvcr.io',
  'public.ecr.aws',
  'quay.io',
  'registry.gitlab.com',
];

/** The registry that an image name means, by the rule of the reference grammar: a first part with a dot or a port, or localhost, is a host. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const isHost = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? first : 'docker.io';
}

/** Throws `image-refused` for an image of another registry than the allowed ones. */
export function requireAllowedRegistry(reference: string, allowed: readonly string[]): void {
  const registry = registryOf(reference);
  if (allowed.includes(registry)) return;
  throw new ProblemError(
    'image-refused',
    `Images of ${registry} are not pulled on workers.`,
    `Push the image to one of ${allowed.join(', ')}, and name it by digest.`,
  );
}
