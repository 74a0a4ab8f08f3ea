-- Per exchange: 1000 where the prompt holds half of a public seed's fingerprint or more, shared among all askings of the
-- same prompt in this log.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1000 AS BIGINT) AS trials,
  CAST(
    floor(
      CASE WHEN e.seed_set >= 500 THEN CAST(1000 AS DOUBLE) ELSE CAST(0 AS DOUBLE) END
      / CAST(coalesce(r.askings, 1) AS DOUBLE)
    ) AS BIGINT
  ) AS hits
FROM {exchanges} AS e
LEFT JOIN signal_repeats AS r ON e.prompt_hash = r.prompt_hash
WHERE e.seed_set IS NOT NULL
