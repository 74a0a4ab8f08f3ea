-- Per exchange: whether it is its account's only one in its topic cell.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1 AS BIGINT) AS trials,
  CAST(CASE WHEN p.exchanges = 1 THEN 1 ELSE 0 END AS BIGINT) AS hits
FROM {exchanges} AS e
JOIN {partials} AS p ON e.account_key = p.account_key AND e.topic = p.topic
