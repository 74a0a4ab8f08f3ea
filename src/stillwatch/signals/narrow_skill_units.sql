-- Share of a unit's exchanges in its two largest skills other than chat, times how many topic cells those effectively
-- fill (pairs of exchanges over pairs that share a cell, which does not depend on how many exchanges there are), over
-- the effective number of all its skills (1 over the sum of squared shares).
WITH
cells AS (
  SELECT u.unit_id, u.kind, s.skill, s.topic, CAST(sum(s.exchanges) AS DOUBLE) AS exchanges
  FROM {units} AS u
  JOIN {partials} AS s ON u.account_key = s.account_key
  GROUP BY u.unit_id, u.kind, s.skill, s.topic
),
skills AS (
  SELECT unit_id, kind, skill, sum(exchanges) AS exchanges
  FROM cells
  GROUP BY unit_id, kind, skill
),
places AS (
  SELECT
    unit_id, kind, skill, exchanges,
    row_number() OVER (PARTITION BY unit_id, kind ORDER BY exchanges DESC, skill) AS place
  FROM skills
  WHERE skill <> 'chat'
),
main AS (
  SELECT c.unit_id, c.kind, c.topic, sum(c.exchanges) AS exchanges
  FROM cells AS c
  JOIN places AS p ON c.unit_id = p.unit_id AND c.kind = p.kind AND c.skill = p.skill
  WHERE p.place <= 2
  GROUP BY c.unit_id, c.kind, c.topic
),
spread AS (
  SELECT unit_id, kind, sum(exchanges) AS exchanges, sum(exchanges * (exchanges - 1)) AS meetings
  FROM main
  GROUP BY unit_id, kind
),
totals AS (
  SELECT unit_id, kind, sum(exchanges) AS exchanges, sum(exchanges * exchanges) AS squares
  FROM skills
  GROUP BY unit_id, kind
),
sizes AS (
  SELECT unit_id, kind, CAST(count(*) AS BIGINT) AS accounts
  FROM {units}
  GROUP BY unit_id, kind
)
SELECT
  t.unit_id AS unit_id,
  t.kind AS kind,
  z.accounts AS accounts,
  CAST(t.exchanges AS BIGINT) AS trials,
  CASE
    WHEN s.exchanges >= 2 THEN
      s.exchanges / t.exchanges * t.squares / (t.exchanges * t.exchanges)
      * s.exchanges * (s.exchanges - 1) / CASE WHEN s.meetings > 2 THEN s.meetings ELSE 2.0 END
    ELSE 0.0
  END AS value
FROM totals AS t
JOIN sizes AS z ON t.unit_id = z.unit_id AND t.kind = z.kind
LEFT JOIN spread AS s ON t.unit_id = s.unit_id AND t.kind = s.kind
