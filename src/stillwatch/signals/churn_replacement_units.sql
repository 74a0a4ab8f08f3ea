-- Bans in a unit after which, within a day, an account with the same toolkit was opened in it, less bans before which
-- that was so, an account. The day before the ban is the control: a unit that grows has newcomers on both sides.
WITH
members AS (
  SELECT u.unit_id, u.kind, p.account_key, p.stack, p.parameters, p.exchanges
  FROM {units} AS u
  JOIN {partials} AS p ON u.account_key = p.account_key
),
sizes AS (
  SELECT unit_id, kind, CAST(count(*) AS BIGINT) AS accounts, CAST(sum(exchanges) AS BIGINT) AS exchanges
  FROM (
    SELECT unit_id, kind, account_key, sum(exchanges) AS exchanges
    FROM members
    GROUP BY unit_id, kind, account_key
  ) AS accounts_of
  GROUP BY unit_id, kind
),
turned AS (
  SELECT m.unit_id, m.kind, m.account_key, m.stack, m.parameters, t.created_us, t.banned_us
  FROM members AS m
  JOIN signal_turnover AS t ON m.account_key = t.account_key
),
pairs AS (
  SELECT
    g.unit_id, g.kind, g.account_key,
    max(CASE WHEN c.created_us > g.banned_us AND c.created_us <= g.banned_us + 86400000000 THEN 1 ELSE 0 END) AS after,
    max(CASE WHEN c.created_us <= g.banned_us AND c.created_us > g.banned_us - 86400000000 THEN 1 ELSE 0 END) AS before
  FROM turned AS g
  JOIN turned AS c
    ON g.unit_id = c.unit_id AND g.kind = c.kind AND g.stack = c.stack AND g.parameters = c.parameters
  WHERE g.banned_us IS NOT NULL AND c.created_us IS NOT NULL AND g.account_key <> c.account_key
  GROUP BY g.unit_id, g.kind, g.account_key
),
replaced AS (
  SELECT unit_id, kind, CAST(sum(after) AS DOUBLE) - CAST(sum(before) AS DOUBLE) AS bans
  FROM pairs
  GROUP BY unit_id, kind
)
SELECT
  s.unit_id AS unit_id,
  s.kind AS kind,
  s.accounts AS accounts,
  s.exchanges AS trials,
  coalesce(r.bans, 0) / CAST(s.accounts AS DOUBLE) AS value
FROM sizes AS s
LEFT JOIN replaced AS r ON s.unit_id = r.unit_id AND s.kind = r.kind
