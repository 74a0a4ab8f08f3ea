-- How evenly a unit's exchanges fall on its accounts within slots of one, four and 24 hours: the variance of the
-- accounts' counts about the slot's mean, over what chance gives (multinomial, each exchange on any account alike),
-- less 1: 0 is chance, -1 strict turns. Where it is above 0 it is divided by the mean count of an account and slot, or
-- sparse units would lie near chance for want of exchanges. The mean of a slot is over the accounts active that day, so
-- that a pool may pause, grow and shrink. The least of the three widths counts: which shows turns best depends on how
-- often one comes round. Below four exchanges an active account-day, accounts that have none are missed: not measurable.
WITH
mine AS (
  SELECT u.unit_id, u.kind, p.account_key, p.hour, p.exchanges, p.hour - p.hour % 24 AS day_start
  FROM {units} AS u
  JOIN {partials} AS p ON u.account_key = p.account_key
),
slots AS (
  SELECT unit_id, kind, account_key, day_start, 1 AS width, hour AS slot, CAST(exchanges AS DOUBLE) AS sent
  FROM mine
  UNION ALL
  SELECT
    unit_id, kind, account_key, day_start, 4 AS width, hour - hour % 4 AS slot, CAST(sum(exchanges) AS DOUBLE) AS sent
  FROM mine
  GROUP BY unit_id, kind, account_key, day_start, hour - hour % 4
  UNION ALL
  SELECT unit_id, kind, account_key, day_start, 24 AS width, day_start AS slot, CAST(sum(exchanges) AS DOUBLE) AS sent
  FROM mine
  GROUP BY unit_id, kind, account_key, day_start
),
present AS (
  SELECT unit_id, kind, day_start, CAST(count(*) AS DOUBLE) AS accounts
  FROM slots
  WHERE width = 24
  GROUP BY unit_id, kind, day_start
),
filled AS (
  SELECT unit_id, kind, day_start, width, slot, sum(sent) AS sent, sum(sent * sent) AS squares
  FROM slots
  GROUP BY unit_id, kind, day_start, width, slot
),
spread AS (
  SELECT
    f.unit_id, f.kind, f.width,
    sum(f.squares - f.sent * f.sent / p.accounts) AS found,
    sum(f.sent * (1 - 1 / p.accounts)) AS chance,
    sum(f.sent) AS sent,
    sum(p.accounts) AS present
  FROM filled AS f
  JOIN present AS p ON f.unit_id = p.unit_id AND f.kind = p.kind AND f.day_start = p.day_start
  WHERE p.accounts >= 2
  GROUP BY f.unit_id, f.kind, f.width
),
least AS (
  SELECT
    unit_id, kind,
    min(CASE WHEN found < chance THEN found / chance - 1 ELSE (found / chance - 1) * present / sent END) AS value,
    max(sent) AS sent
  FROM spread
  GROUP BY unit_id, kind
),
account_days AS (
  SELECT unit_id, kind, sum(accounts) AS days
  FROM present
  GROUP BY unit_id, kind
),
sizes AS (
  SELECT unit_id, kind, CAST(count(*) AS BIGINT) AS accounts
  FROM (SELECT unit_id, kind, account_key FROM mine GROUP BY unit_id, kind, account_key) AS members
  GROUP BY unit_id, kind
)
SELECT
  z.unit_id AS unit_id,
  z.kind AS kind,
  z.accounts AS accounts,
  CAST(d.days AS BIGINT) AS trials,
  CASE WHEN l.sent >= 4 * d.days THEN round(l.value, 6) END AS value
FROM sizes AS z
JOIN account_days AS d ON z.unit_id = d.unit_id AND z.kind = d.kind
LEFT JOIN least AS l ON z.unit_id = l.unit_id AND z.kind = l.kind
