-- Per exchange: whether its account was banned, or opened within a day of a ban.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1 AS BIGINT) AS trials,
  CAST(CASE WHEN t.account_key IS NOT NULL THEN 1 ELSE 0 END AS BIGINT) AS hits
FROM {exchanges} AS e
LEFT JOIN signal_turnover AS t ON e.account_key = t.account_key
WHERE e.stack IS NOT NULL AND e.parameters IS NOT NULL
