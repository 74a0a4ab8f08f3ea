-- Per exchange: each counts the same.
SELECT
  account_key,
  exchange_key,
  exchange_id,
  ts_us,
  CAST(1 AS BIGINT) AS trials,
  CAST(1 AS BIGINT) AS hits
FROM {exchanges}
