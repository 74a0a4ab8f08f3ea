-- Accounts that may be a carrier or part of one: those with ten hits, and those of organisations that resell (a contract
-- says so, or the channel of any exchange does). One row an account with its owner, where one is known, its name, and its
-- exchanges and hits.
WITH
owned AS (
  SELECT
    s.account_key AS account_key, s.account_id AS account_id, s.resells AS resells,
    coalesce(a.org_id, s.org_id) AS org_id, s.exchanges AS exchanges, s.asking AS hits
  FROM account_totals AS s
  LEFT JOIN (SELECT account_key, max(org_id) AS org_id FROM accounts GROUP BY account_key) AS a
    ON s.account_key = a.account_key
),
agreed AS (
  SELECT
    org_id,
    max(CASE WHEN kind = 'reseller' THEN 1 ELSE 0 END) AS reseller,
    max(CASE WHEN kind = 'reseller' THEN 0 ELSE 1 END) AS other
  FROM contracts
  GROUP BY org_id
),
owners AS (
  SELECT org_id, max(resells) AS resells FROM owned WHERE org_id IS NOT NULL GROUP BY org_id
)
SELECT
  o.account_key AS account_key,
  o.account_id AS account_id,
  o.org_id AS org_id,
  o.exchanges AS exchanges,
  o.hits AS hits,
  CASE WHEN o.resells = 1 OR w.resells = 1 OR g.reseller = 1 THEN 1 ELSE 0 END AS resells,
  coalesce(g.other, 0) AS agreed
FROM owned AS o
LEFT JOIN owners AS w ON o.org_id = w.org_id
LEFT JOIN agreed AS g ON o.org_id = g.org_id
WHERE o.hits >= 10 OR o.resells = 1 OR w.resells = 1 OR g.reseller = 1
ORDER BY o.account_key
