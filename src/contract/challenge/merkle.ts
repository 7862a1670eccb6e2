import { concatBytes, type Sha256 } from './chain.ts';

/** Leaves and nodes are hashed apart, so that neither passes for the other (RFC 6962, section 2.1). */
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The levels of a tree from its leaves (at least one) to its root; a node without a neighbour rises as it is. */
export function merkleLevels(sha256: Sha256, leaves: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  let level: readonly Uint8Array[] = leaves.map((leaf) => sha256(concatBytes([LEAF, leaf])));
  const levels = [level];
  while (level.length > 1) {
    const below = level;
    level = Array.from({ length: Math.ceil(below.length / 2) }, (_, at) => joined(sha256, below[at * 2], below[at * 2 + 1]));
    levels.push(level);
  }
  return levels;
}

function joined(sha256: Sha256, left: Uint8Array | undefined, right: Uint8Array | undefined): Uint8Array {
  if (left === undefined) throw new RangeError('a node has a left child');
  return right === undefined ? left : sha256(concatBytes([NODE, left, right]));
}

export function merkleRoot(levels: readonly (readonly Uint8Array[])[]): Uint8Array {
  const root = levels.at(-1)?.[0];
  if (root === undefined) throw new RangeError('a tree has at least one leaf');
  return root;
}

/** The neighbours from a leaf up to the root. */
export function merklePath(levels: readonly (readonly Uint8Array[])[], leaf: number): readonly Uint8Array[] {
  return levels.slice(0, -1).flatMap((level, height) => level[(leaf >> height) ^ 1] ?? []);
}

/** The root to which this leaf at this place and its path lead in a tree of `leaves` leaves, or null where the path has another length. */
export function rootFromPath(
  sha256: Sha256,
  leaves: number,
  place: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
): Uint8Array | null {
  let hash = sha256(concatBytes([LEAF, leaf]));
  let used = 0;
  for (let width = leaves, at = place; width > 1; width = Math.ceil(width / 2), at >>= 1) {
    if ((at ^ 1) >= width) continue;
    const neighbour = path[used];
    if (neighbour === undefined) return null;
    used += 1;
    hash = sha256(concatBytes(at % 2 === 0 ? [NODE, hash, neighbour] : [NODE, neighbour, hash]));
  }
  return used === path.length ? hash : null;
}
