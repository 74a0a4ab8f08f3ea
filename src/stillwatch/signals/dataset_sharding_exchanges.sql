-- Per exchange: 1000 for a prompt asked once in this log, less the more often it is asked.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1000 AS BIGINT) AS trials,
  CAST(floor(1000.0 / CAST(coalesce(r.askings, 1) AS DOUBLE)) AS BIGINT) AS hits
FROM {exchanges} AS e
LEFT JOIN signal_repeats AS r ON e.prompt_hash = r.prompt_hash
WHERE e.topic IS NOT NULL AND e.prompt_hash IS NOT NULL
