/** Checkpoints: what the next attempt of a job goes on from, and why the one before was interrupted. */
export const migration0002: readonly string[] = [
  'alter table jobs add column interruption text',
  'alter table jobs add column checkpoint_lease_id text',
  'alter table jobs add column checkpoint_digest text',
  'alter table jobs add column checkpoint_size_bytes bigint',
  'alter table jobs add column checkpoint_at_ms bigint',
];
