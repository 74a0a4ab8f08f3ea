-- Share of a unit's answers in near-duplicates that it asked for four answers or more on one day; of each only sixteen
-- count.
WITH
asked AS (
  SELECT u.unit_id, u.kind, p.band, p.day, CAST(sum(p.answers) AS BIGINT) AS answers
  FROM {units} AS u
  JOIN {partials} AS p ON u.account_key = p.account_key
  GROUP BY u.unit_id, u.kind, p.band, p.day
),
counted AS (
  SELECT
    unit_id, kind,
    sum(CASE WHEN band IS NULL OR answers < 4 THEN 0 WHEN answers < 16 THEN answers ELSE 16 END) AS again,
    sum(answers) AS answers
  FROM asked
  GROUP BY unit_id, kind
),
totals AS (
  SELECT u.unit_id, u.kind, CAST(count(*) AS BIGINT) AS accounts, CAST(sum(a.exchanges) AS BIGINT) AS exchanges
  FROM {units} AS u
  JOIN (SELECT account_key, sum(exchanges) AS exchanges FROM {partials} GROUP BY account_key) AS a
    ON u.account_key = a.account_key
  GROUP BY u.unit_id, u.kind
)
SELECT
  t.unit_id AS unit_id,
  t.kind AS kind,
  t.accounts AS accounts,
  t.exchanges AS trials,
  CAST(c.again AS DOUBLE) / CAST(c.answers AS DOUBLE) AS value
FROM totals AS t
JOIN counted AS c ON t.unit_id = c.unit_id AND t.kind = c.kind
