-- Per exchange: the per-mille score of {score}, shared among all askings of the same prompt in this log by anybody; against
-- 1000 that it could have been. What is asked a hundred times counts once.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1000 AS BIGINT) AS trials,
  CAST(floor(CAST(e.{score} AS DOUBLE) / CAST(coalesce(r.askings, 1) AS DOUBLE)) AS BIGINT) AS hits
FROM {exchanges} AS e
LEFT JOIN signal_repeats AS r ON e.prompt_hash = r.prompt_hash
WHERE e.{score} IS NOT NULL
