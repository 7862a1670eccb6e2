import { createHash } from 'node:crypto';
import type { ImageInfo } from 'dockerode';
import { MANAGED_LABEL } from '../names.ts';

/** Where `nightshift image build` puts its images. */
export const BUILT_REPOSITORY = 'nightshift-built';
const PULLED_REPOSITORY = 'nightshift-pulled';

/** Podman writes the registry of a local name out. */
const localName = (tag: string): string => tag.replace(/^(?:localhost|docker\.io\/library)\//, '');

/**
 * The name by which an image is marked as one that this owner's worker has pulled, for a pulled image bears no label of ours, and its own
 * labels say what its maker likes. A tag exists in this engine only, and no pull by digest makes or moves one.
 */
export const pulledMark = (owner: string, digest: string): { readonly repo: string; readonly tag: string } => ({
  repo: PULLED_REPOSITORY,
  tag: `${ownerPart(owner)}-${digest.slice('sha256:'.length)}`,
});

const ownerPart = (owner: string): string => createHash('sha256').update(owner).digest('hex').slice(0, 16);

/** `pulled` by this owner's worker, `built` by Nightshift on this machine; `named`: pulled, and given a name by somebody since; else not ours. */
type Origin = 'pulled' | 'built' | 'named' | 'foreign';

const given = (names: readonly string[] | null | undefined): readonly string[] => (names ?? []).filter((name) => !name.includes('<none>'));

export function originOf(owner: string, image: Pick<ImageInfo, 'RepoTags' | 'Labels'>): Origin {
  const tags = given(image.RepoTags);
  const marks = marksOf(owner, image);
  if (marks.length > 0) return marks.length === tags.length ? 'pulled' : 'named';
  const isBuilt = tags.length > 0 && tags.every((tag) => localName(tag).startsWith(`${BUILT_REPOSITORY}:`));
  return isBuilt && image.Labels?.[MANAGED_LABEL] === '1' ? 'built' : 'foreign';
}

/** The names by which we have marked the image. */
export function marksOf(owner: string, image: Pick<ImageInfo, 'RepoTags'>): readonly string[] {
  const stem = `${PULLED_REPOSITORY}:${ownerPart(owner)}-`;
  return given(image.RepoTags).filter((name) => localName(name).startsWith(stem));
}

/** All names of the image, those by digest first: with the last one goes the image. */
export const namesOfImage = (image: Pick<ImageInfo, 'RepoTags' | 'RepoDigests'>): readonly string[] => [
  ...given(image.RepoDigests),
  ...given(image.RepoTags),
];
