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
  `
  -- A pause without an end is no more: one that was said ends a day from now.
  UPDATE owner_mode SET mode = json_object('kind', 'paused',
      'sinceMs', CAST(unixepoch('subsec') * 1000 AS INTEGER),
      'untilMs', coalesce(json_extract(mode, '$.untilMs'), CAST(unixepoch('subsec') * 1000 AS INTEGER) + 86400000))
    WHERE json_extract(mode, '$.kind') = 'paused';

  CREATE TABLE yields (
    yield_id INTEGER PRIMARY KEY AUTOINCREMENT,
    lease_id TEXT NOT NULL,
    job_name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('freeze', 'throttle', 'evict')),
    means TEXT NOT NULL,
    causes TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    latency_us INTEGER NOT NULL,
    failed_attempts INTEGER NOT NULL,
    resumed_at_ms INTEGER
  ) STRICT;
  CREATE INDEX yields_by_time ON yields (at_ms);

  -- Spans of time with the same reasons, in order; a gap is time in which the agent did not run. An empty set of codes: earning.
  CREATE TABLE reason_sets (set_id INTEGER PRIMARY KEY, codes TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE time_spans (
    from_ms INTEGER PRIMARY KEY,
    to_ms INTEGER NOT NULL CHECK (to_ms >= from_ms),
    set_id INTEGER NOT NULL REFERENCES reason_sets (set_id)
  ) STRICT;
  `,
  `
  -- The last whole check of the sandbox, signed by this worker.
  CREATE TABLE sandbox_report (only INTEGER PRIMARY KEY CHECK (only = 1), signed TEXT NOT NULL) STRICT;

  -- What jobs connected to, or tried to, as their proxy wrote it down.
  CREATE TABLE connections (
    connection_id INTEGER PRIMARY KEY AUTOINCREMENT,
    lease_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX connections_by_lease ON connections (lease_id);
  CREATE INDEX connections_by_time ON connections (at_ms);
  `,
  `
  -- What the GPU of a lease held before it, as JSON, until it holds no more than that again.
  ALTER TABLE leases ADD COLUMN vram_before TEXT;

  -- What was found in this machine, so that a device that is gone is missed and not forgotten.
  CREATE TABLE known_devices (device_id TEXT PRIMARY KEY, device TEXT NOT NULL, seen_at_ms INTEGER NOT NULL) STRICT;

  -- Devices on which nothing runs until the owner, or time, releases them. The cause is an alarm as JSON.
  CREATE TABLE quarantines (device_id TEXT PRIMARY KEY, cause TEXT NOT NULL, until_ms INTEGER) STRICT;

  -- Each step of the history of a device: means over step_ms, unknown is null.
  CREATE TABLE telemetry (
    device_id TEXT NOT NULL,
    step_ms INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    busy_share REAL,
    temperature_c REAL,
    max_temperature_c REAL,
    power_w REAL,
    vram_used_bytes REAL,
    core_clock_mhz REAL,
    PRIMARY KEY (device_id, step_ms, at_ms)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE benchmarks (
    run_id TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX benchmarks_by_device ON benchmarks (device_id, at_ms);
  `,
];
