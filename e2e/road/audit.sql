-- Reads the worker's and the network's databases, attached as `worker` and `network`, and returns one row per violation:
-- (rule, subject, detail). An empty result means: no receipt lost, nothing paid twice, both ledgers say the same.
-- Independent of the product's code: nothing here is computed by it.

-- A receipt of the worker that the network does not have, or has otherwise.
SELECT 'receipt lost' AS rule, w.lease_id || '/' || w.interval AS subject, w.receipt AS detail
FROM worker.receipts w
LEFT JOIN network.receipts n ON n.lease_id = w.lease_id AND n.lease_epoch = w.lease_epoch AND n.interval = w.interval
WHERE n.lease_id IS NULL OR n.worker_signature <> w.worker_signature

UNION ALL
-- A receipt that the network has and the worker has not.
SELECT 'receipt invented', n.lease_id || '/' || n.interval, n.receipt_json
FROM network.receipts n
LEFT JOIN worker.receipts w ON n.lease_id = w.lease_id AND n.lease_epoch = w.lease_epoch AND n.interval = w.interval
WHERE w.lease_id IS NULL

UNION ALL
-- A receipt without both signatures on both sides, or with two different ones.
SELECT 'receipt not co-signed', w.lease_id || '/' || w.interval, coalesce(w.network_signature, 'missing')
FROM worker.receipts w
JOIN network.receipts n ON n.lease_id = w.lease_id AND n.lease_epoch = w.lease_epoch AND n.interval = w.interval
WHERE w.network_signature IS NULL OR w.network_signature <> n.network_signature

UNION ALL
-- Usage that goes backwards, or receipts with a gap, within a lease.
SELECT 'receipts out of order', lease_id || '/' || interval, cumulative_ms
FROM (
  SELECT lease_id, interval, cumulative_ms,
         lag(cumulative_ms, 1, 0) OVER each_lease AS before_ms,
         row_number() OVER each_lease AS position
  FROM worker.receipts WINDOW each_lease AS (PARTITION BY lease_id, lease_epoch ORDER BY interval)
)
WHERE cumulative_ms < before_ms OR interval <> position

UNION ALL
-- A worker's records that never left.
SELECT 'outbox not empty', seq, record FROM worker.outbox

UNION ALL
-- A lease or job left open, a worker's lease not settled or not wiped.
SELECT 'lease open at the network', id, state FROM network.leases WHERE state <> 'closed'
UNION ALL
SELECT 'job not ended', id, state FROM network.jobs WHERE state NOT IN ('succeeded', 'failed', 'cancelled', 'timed-out')
UNION ALL
SELECT 'lease open at the worker', lease_id, state FROM worker.leases WHERE state <> 'sealed' OR wiped = 0
UNION ALL
SELECT 'invoice not delivered', lease_id, worker_id FROM network.seal_deliveries WHERE delivered_at_ms IS NULL
UNION ALL
SELECT 'checkpoint of an ended job', id, checkpoint_lease_id FROM network.jobs WHERE ended_at_ms IS NOT NULL AND checkpoint_lease_id IS NOT NULL

UNION ALL
-- A job that succeeded more than once, or whose leases do not add up to what was charged.
SELECT 'job paid twice', job_id, count(*)
FROM network.leases WHERE close_reason = 'exited' GROUP BY job_id HAVING count(*) > 1
UNION ALL
SELECT 'job charged otherwise than its leases', j.id, j.charged_micro || ' <> ' || coalesce(sum(i.charge_micro), 0)
FROM network.jobs j LEFT JOIN network.invoices i ON i.job_id = j.id
GROUP BY j.id HAVING j.charged_micro <> coalesce(sum(i.charge_micro), 0)

UNION ALL
-- The charge is floor(highest cumulative usage x price / 3,600,000), capped at what was funded.
SELECT 'charge not by the receipts', i.lease_id, i.charge_micro || ' <> ' || expected.charge
FROM network.invoices i
JOIN (
  SELECT l.id AS lease_id,
         min(coalesce(max(json_extract(r.receipt_json, '$.cumulativeUnfrozenMs')), 0), l.max_unfrozen_ms) * l.micro_per_hour / 3600000 AS charge
  FROM network.leases l LEFT JOIN network.receipts r ON r.lease_id = l.id AND r.lease_epoch = l.lease_epoch
  GROUP BY l.id
) expected ON expected.lease_id = i.lease_id
WHERE i.charge_micro <> expected.charge
UNION ALL
SELECT 'fee or net wrong', i.lease_id, i.charge_micro || ' = ' || i.fee_micro || ' + ' || i.net_micro
FROM network.invoices i JOIN network.leases l ON l.id = i.lease_id
WHERE i.charge_micro <> i.fee_micro + i.net_micro
   OR i.fee_micro <> (i.charge_micro * l.take_rate_basis_points + 9999) / 10000

UNION ALL
-- Both sides have the same invoices.
SELECT 'invoice missing at the worker', n.lease_id, n.net_micro
FROM network.invoices n LEFT JOIN worker.invoices w ON w.lease_id = n.lease_id
WHERE w.lease_id IS NULL OR w.net_micro <> n.net_micro OR w.charge_micro <> n.charge_micro OR w.fee_micro <> n.fee_micro
   OR w.network_signature <> n.network_signature
UNION ALL
SELECT 'invoice missing at the network', w.lease_id, w.net_micro
FROM worker.invoices w LEFT JOIN network.invoices n ON w.lease_id = n.lease_id WHERE n.lease_id IS NULL

UNION ALL
-- Money moved exactly as invoiced, once.
SELECT 'transfers differ from the invoice', i.lease_id, coalesce(c.posted_micro, 0) || ', ' || coalesce(f.amount_micro, 0) || ', ' || coalesce(n.amount_micro, 0)
FROM network.invoices i
LEFT JOIN network.resolutions c ON c.id = 'charge:' || i.lease_id
LEFT JOIN network.transfers f ON f.id = 'fee:' || i.lease_id
LEFT JOIN network.transfers n ON n.id = 'net:' || i.lease_id
WHERE coalesce(c.posted_micro, 0) <> i.charge_micro OR coalesce(f.amount_micro, 0) <> i.fee_micro OR coalesce(n.amount_micro, 0) <> i.net_micro
UNION ALL
SELECT 'transfer without an invoice', t.id, t.amount_micro
FROM network.transfers t
WHERE (t.id LIKE 'fee:%' OR t.id LIKE 'net:%') AND substr(t.id, 5) NOT IN (SELECT lease_id FROM network.invoices)

UNION ALL
-- Every balance is the sum of its transfers; debits equal credits; no hold is left; nobody but the mint is below zero; no gap in versions.
SELECT 'balance differs from its transfers', a.id, (a.posted_credits - a.posted_debits) || ' <> ' || coalesce(sum(m.micro), 0)
FROM network.ledger_accounts a
LEFT JOIN (
  SELECT t.credit_account AS account, CASE t.pending WHEN 0 THEN t.amount_micro ELSE coalesce(r.posted_micro, 0) END AS micro
  FROM network.transfers t LEFT JOIN network.resolutions r ON r.transfer_id = t.id
  UNION ALL
  SELECT t.debit_account, -CASE t.pending WHEN 0 THEN t.amount_micro ELSE coalesce(r.posted_micro, 0) END
  FROM network.transfers t LEFT JOIN network.resolutions r ON r.transfer_id = t.id
) m ON m.account = a.id
GROUP BY a.id HAVING a.posted_credits - a.posted_debits <> coalesce(sum(m.micro), 0)
UNION ALL
SELECT 'debits differ from credits', 'all accounts', sum(posted_debits) || ' <> ' || sum(posted_credits)
FROM network.ledger_accounts HAVING sum(posted_debits) <> sum(posted_credits) OR sum(pending_debits) <> sum(pending_credits)
UNION ALL
SELECT 'money still held', id, posted_credits - posted_debits || ', pending ' || pending_debits || '/' || pending_credits
FROM network.ledger_accounts WHERE pending_debits <> 0 OR pending_credits <> 0 OR (id = 'hold' AND posted_credits <> posted_debits)
UNION ALL
SELECT 'account below zero', id, posted_credits - posted_debits FROM network.ledger_accounts
WHERE id <> 'mint' AND posted_credits - posted_debits - pending_debits < 0
UNION ALL
SELECT 'versions with a gap', a.id, a.version || ' <> ' || count(e.version)
FROM network.ledger_accounts a LEFT JOIN network.ledger_entries e ON e.account_id = a.id GROUP BY a.id HAVING a.version <> count(e.version)

UNION ALL
-- What the owner has, held back or free, is the sum of the worker's own invoices.
SELECT 'the two ledgers differ', 'owner', sums.owned || ' <> ' || sums.invoiced
FROM (
  SELECT (SELECT coalesce(sum(posted_credits - posted_debits), 0) FROM network.ledger_accounts WHERE id LIKE 'owner:%' OR id LIKE 'holdback:%') AS owned,
         (SELECT coalesce(sum(net_micro), 0) FROM worker.invoices) AS invoiced
) sums WHERE sums.owned <> sums.invoiced;
