-- Spread of the daily counts of a unit's accounts beyond chance: (variance - mean) / mean squared over all days with
-- traffic. 0 is a fair coin's balance (Poisson), organic users lie above 1. Below four exchanges an active day, days
-- without traffic (which are not counted) would make any unit look even: not measurable.
SELECT
  unit_id, kind, accounts, trials,
  CASE WHEN mean >= 4 THEN (square - mean * mean - mean) / (mean * mean) END AS value
FROM (
  SELECT
    u.unit_id AS unit_id,
    u.kind AS kind,
    CAST(count(*) AS BIGINT) AS accounts,
    CAST(sum(s.days) AS BIGINT) AS trials,
    CAST(sum(s.exchanges) AS DOUBLE) / CAST(sum(s.days) AS DOUBLE) AS mean,
    CAST(sum(s.squares) AS DOUBLE) / CAST(sum(s.days) AS DOUBLE) AS square
  FROM {units} AS u
  JOIN {partials} AS s ON u.account_key = s.account_key
  GROUP BY u.unit_id, u.kind
) AS moments
