-- Per exchange: that it is, or carries on, something that was handed over between two accounts.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1 AS BIGINT) AS trials,
  CAST(1 AS BIGINT) AS hits
FROM {exchanges} AS e
JOIN {partials} AS p ON e.account_key = p.account_key AND {item} = p.item
