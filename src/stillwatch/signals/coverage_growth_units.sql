-- Cells visited once, a request, less what honest accounts of the same size have; sizes are steps of e^(1/2). An
-- account of a size that no honest account has is left out.
WITH
visits AS (
  SELECT
    account_key,
    CAST(sum(v.exchanges) AS BIGINT) AS exchanges,
    CAST(sum(CASE WHEN v.exchanges = 1 THEN 1 ELSE 0 END) AS BIGINT) AS once
  FROM {partials} AS v
  GROUP BY account_key
  HAVING sum(v.exchanges) >= 8
),
sized AS (
  SELECT account_key, exchanges, once, CAST(floor(2 * ln(CAST(exchanges AS DOUBLE))) AS INT) AS size
  FROM visits
),
peers AS (
  SELECT s.size AS size, CAST(sum(s.once) AS DOUBLE) / CAST(sum(s.exchanges) AS DOUBLE) AS rate
  FROM sized AS s
  JOIN (SELECT account_key FROM {units} WHERE kind = 'account' GROUP BY account_key) AS h
    ON s.account_key = h.account_key
  GROUP BY s.size
)
SELECT
  u.unit_id AS unit_id,
  u.kind AS kind,
  CAST(count(*) AS BIGINT) AS accounts,
  CAST(sum(s.exchanges) AS BIGINT) AS trials,
  -- Rounded, because the order in which an engine adds shows in the last digits.
  round(
    (CAST(sum(s.once) AS DOUBLE) - sum(CAST(s.exchanges AS DOUBLE) * p.rate)) / CAST(sum(s.exchanges) AS DOUBLE), 9
  ) AS value
FROM {units} AS u
JOIN sized AS s ON u.account_key = s.account_key
JOIN peers AS p ON s.size = p.size
GROUP BY u.unit_id, u.kind
