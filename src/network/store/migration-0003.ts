/** Prices: a lease says what class of device it is of. Until now every one was of a processor, and the closed ones are found by when they ended. */
export const migration0003: readonly string[] = [
  `alter table leases add column device_class text not null default 'cpu'`,
  'create index leases_closed on leases (closed_at_ms) where closed_at_ms is not null',
];
