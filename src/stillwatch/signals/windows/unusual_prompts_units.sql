-- How many times as often as the crowd would let them, prompts of different accounts of a unit meet in a cell of skill
-- and topic: sum over cells of pairs of exchanges of two accounts, over the crowd's share of the cell. In the crowd every
-- honest account has one vote, however much it asks, so that nobody can drag it.
WITH
cells AS (
  SELECT account_key, skill, topic % {cells} AS cell, CAST(sum(exchanges) AS BIGINT) AS exchanges
  FROM {partials}
  GROUP BY account_key, skill, topic % {cells}
),
totals AS (
  SELECT account_key, CAST(sum(exchanges) AS BIGINT) AS exchanges
  FROM cells
  GROUP BY account_key
),
honest AS (
  SELECT account_key
  FROM units
  WHERE kind = 'account'
  GROUP BY account_key
),
votes AS (
  SELECT c.skill AS skill, c.cell AS cell, sum(CAST(c.exchanges AS DOUBLE) / CAST(t.exchanges AS DOUBLE)) AS votes
  FROM cells AS c
  JOIN totals AS t ON c.account_key = t.account_key
  JOIN honest AS h ON c.account_key = h.account_key
  GROUP BY c.skill, c.cell
),
crowd AS (
  SELECT 1 AS whole, CAST(count(*) AS DOUBLE) AS accounts
  FROM honest AS h
  JOIN totals AS t ON h.account_key = t.account_key
),
held AS (
  SELECT
    u.unit_id AS unit_id,
    u.kind AS kind,
    c.skill AS skill,
    c.cell AS cell,
    1 AS whole,
    CAST(sum(c.exchanges) AS DOUBLE) AS exchanges,
    CAST(sum(c.exchanges * c.exchanges) AS DOUBLE) AS own
  FROM {units} AS u
  JOIN cells AS c ON u.account_key = c.account_key
  GROUP BY u.unit_id, u.kind, c.skill, c.cell
),
met AS (
  SELECT
    d.unit_id AS unit_id,
    d.kind AS kind,
    sum((d.exchanges * d.exchanges - d.own) * (w.accounts + {prior}) / (coalesce(v.votes, 0.0) + {floor})) AS pairs
  FROM held AS d
  JOIN crowd AS w ON d.whole = w.whole
  LEFT JOIN votes AS v ON d.skill = v.skill AND d.cell = v.cell
  GROUP BY d.unit_id, d.kind
),
sizes AS (
  SELECT
    u.unit_id AS unit_id,
    u.kind AS kind,
    CAST(count(*) AS BIGINT) AS accounts,
    CAST(sum(t.exchanges) AS BIGINT) AS trials,
    CAST(sum(t.exchanges) AS DOUBLE) * CAST(sum(t.exchanges) AS DOUBLE)
      - CAST(sum(t.exchanges * t.exchanges) AS DOUBLE) AS pairs
  FROM {units} AS u
  JOIN totals AS t ON u.account_key = t.account_key
  GROUP BY u.unit_id, u.kind
)
SELECT
  s.unit_id AS unit_id,
  s.kind AS kind,
  s.accounts AS accounts,
  s.trials AS trials,
  CASE WHEN s.pairs > 0 AND s.accounts > 1 THEN m.pairs / s.pairs END AS value
FROM sizes AS s
JOIN met AS m ON s.unit_id = m.unit_id AND s.kind = m.kind
