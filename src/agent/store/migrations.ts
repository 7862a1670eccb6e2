/** The schema, one step an entry, never edited once released: `user_version` counts the steps done. Money in micro-credits, times in ms. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE enrolment (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    network_url TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    network TEXT NOT NULL,
    enrolled_at_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE owner_mode (only INTEGER PRIMARY KEY CHECK (only = 1), mode TEXT NOT NULL) STRICT;

  CREATE TABLE settings (
    layer TEXT NOT NULL CHECK (layer IN ('policy', 'owner')),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
    PRIMARY KEY (layer, key)
  ) STRICT;

  CREATE TABLE device_epochs (device_id TEXT PRIMARY KEY, highest_epoch INTEGER NOT NULL) STRICT;

  CREATE TABLE leases (
    lease_id TEXT PRIMARY KEY,
    lease_epoch INTEGER NOT NULL,
    job_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    uid INTEGER NOT NULL,
    terms TEXT NOT NULL,
    network_signature TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('granted', 'starting', 'running', 'frozen', 'ended', 'sealed')),
    run_now INTEGER NOT NULL CHECK (run_now IN (0, 1)),
    unfrozen_ms INTEGER NOT NULL DEFAULT 0,
    started_at_ms INTEGER,
    ended_at_ms INTEGER,
    outcome TEXT,
    stop_wanted TEXT,
    wiped INTEGER NOT NULL DEFAULT 0 CHECK (wiped IN (0, 1)),
    granted_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX one_open_lease_per_device ON leases (device_id) WHERE state IN ('granted', 'starting', 'running', 'frozen');
  CREATE UNIQUE INDEX unique_uid ON leases (uid);

  CREATE TABLE receipts (
    lease_id TEXT NOT NULL REFERENCES leases (lease_id),
    lease_epoch INTEGER NOT NULL,
    interval INTEGER NOT NULL,
    cumulative_ms INTEGER NOT NULL,
    charge_micro INTEGER NOT NULL,
    receipt TEXT NOT NULL,
    worker_signature TEXT NOT NULL,
    network_signature TEXT,
    PRIMARY KEY (lease_id, lease_epoch, interval)
  ) STRICT;

  CREATE TABLE invoices (
    lease_id TEXT PRIMARY KEY,
    invoice TEXT NOT NULL,
    network_signature TEXT NOT NULL,
    charge_micro INTEGER NOT NULL,
    fee_micro INTEGER NOT NULL,
    net_micro INTEGER NOT NULL,
    sealed_at_ms INTEGER NOT NULL,
    available_at_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL) STRICT;
  `,
];
