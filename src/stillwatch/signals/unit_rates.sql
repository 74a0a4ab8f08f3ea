-- Rate of each unit: the hits of all its accounts over all their trials.
SELECT
  u.unit_id AS unit_id,
  u.kind AS kind,
  CAST(count(*) AS BIGINT) AS accounts,
  CAST(sum(s.trials) AS BIGINT) AS trials,
  CASE WHEN sum(s.trials) > 0 THEN CAST(sum(s.hits) AS DOUBLE) / CAST(sum(s.trials) AS DOUBLE) END AS value
FROM {units} AS u
JOIN {partials} AS s ON u.account_key = s.account_key
GROUP BY u.unit_id, u.kind
