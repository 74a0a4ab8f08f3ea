-- Harvest-like exchanges of each unit, an account: whole exchanges, not per mille.
SELECT
  u.unit_id AS unit_id,
  u.kind AS kind,
  CAST(count(*) AS BIGINT) AS accounts,
  CAST(sum(s.trials) AS BIGINT) AS trials,
  CAST(sum(s.hits) AS DOUBLE) / (1000 * CAST(count(*) AS DOUBLE)) AS value
FROM {units} AS u
JOIN {partials} AS s ON u.account_key = s.account_key
GROUP BY u.unit_id, u.kind
