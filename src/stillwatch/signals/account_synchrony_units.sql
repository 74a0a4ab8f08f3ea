-- Mean correlation of a unit's accounts over the hours of the log. What correlates is whether an account is active in
-- an hour, less its active hours times the hour's share of all active account-hours of its stratum: the daily rhythm of
-- its country takes no part, and under independence pairs come to 0. The sum over all pairs is the square of the sum
-- less the sum of squares, so that no pair is ever made, and hours without activity are summed in closed form:
-- (y - e) squared = y squared - 2 y e + e squared, the last from how far two strata's rhythms overlap. Shares are whole
-- multiples of 2^-26, whose sums are exact, and the value has six digits: the order of rows must not show.
WITH
busy AS (
  SELECT s.stratum, p.hour, CAST(count(*) AS DOUBLE) AS active
  FROM {partials} AS p
  JOIN signal_strata AS s ON p.account_key = s.account_key
  GROUP BY s.stratum, p.hour
),
rhythm AS (
  SELECT stratum, hour, floor(active / sum(active) OVER (PARTITION BY stratum) * 67108864) / 67108864 AS share
  FROM busy
),
meetings AS (
  SELECT a.stratum AS stratum, b.stratum AS other, sum(a.share * b.share) AS meeting
  FROM rhythm AS a
  JOIN rhythm AS b ON a.hour = b.hour
  GROUP BY a.stratum, b.stratum
),
members AS (
  SELECT s.account_key, s.stratum
  FROM signal_strata AS s
  JOIN {units} AS u ON s.account_key = u.account_key
  GROUP BY s.account_key, s.stratum
),
actives AS (
  SELECT m.account_key, m.stratum, CAST(count(*) AS DOUBLE) AS active, sum(r.share) AS expected
  FROM {partials} AS p
  JOIN members AS m ON p.account_key = m.account_key
  JOIN rhythm AS r ON m.stratum = r.stratum AND p.hour = r.hour
  GROUP BY m.account_key, m.stratum
),
residuals AS (
  SELECT
    a.account_key, a.stratum, a.active,
    a.active - 2 * a.active * a.expected + a.active * a.active * m.meeting AS own
  FROM actives AS a
  JOIN meetings AS m ON a.stratum = m.stratum AND a.stratum = m.other
),
own AS (
  SELECT
    u.unit_id, u.kind,
    CAST(count(*) AS BIGINT) AS accounts,
    CAST(sum(r.active) AS BIGINT) AS trials,
    sum(r.own) AS own
  FROM {units} AS u
  JOIN residuals AS r ON u.account_key = r.account_key
  GROUP BY u.unit_id, u.kind
),
unit_strata AS (
  SELECT u.unit_id, u.kind, r.stratum, sum(r.active) AS active
  FROM {units} AS u
  JOIN residuals AS r ON u.account_key = r.account_key
  GROUP BY u.unit_id, u.kind, r.stratum
),
unit_hours AS (
  SELECT u.unit_id, u.kind, p.hour, CAST(count(*) AS DOUBLE) AS active
  FROM {units} AS u
  JOIN {partials} AS p ON u.account_key = p.account_key
  GROUP BY u.unit_id, u.kind, p.hour
),
seen AS (
  SELECT unit_id, kind, sum(active * active) AS squares
  FROM unit_hours
  GROUP BY unit_id, kind
),
mixed AS (
  SELECT h.unit_id, h.kind, sum(h.active * s.active * r.share) AS product
  FROM unit_hours AS h
  JOIN unit_strata AS s ON h.unit_id = s.unit_id AND h.kind = s.kind
  JOIN rhythm AS r ON s.stratum = r.stratum AND h.hour = r.hour
  GROUP BY h.unit_id, h.kind
),
rhythmic AS (
  SELECT a.unit_id, a.kind, sum(a.active * b.active * m.meeting) AS squares
  FROM unit_strata AS a
  JOIN unit_strata AS b ON a.unit_id = b.unit_id AND a.kind = b.kind
  JOIN meetings AS m ON a.stratum = m.stratum AND b.stratum = m.other
  GROUP BY a.unit_id, a.kind
)
SELECT
  o.unit_id AS unit_id,
  o.kind AS kind,
  o.accounts AS accounts,
  o.trials AS trials,
  CASE
    WHEN o.accounts >= 2 AND o.own > 0
      THEN round((s.squares - 2 * m.product + r.squares - o.own) / o.own / (CAST(o.accounts AS DOUBLE) - 1), 6)
  END AS value
FROM own AS o
JOIN seen AS s ON o.unit_id = s.unit_id AND o.kind = s.kind
JOIN mixed AS m ON o.unit_id = m.unit_id AND o.kind = m.kind
JOIN rhythmic AS r ON o.unit_id = r.unit_id AND o.kind = r.kind
