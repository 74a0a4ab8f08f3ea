-- Per exchange: whether its skill can be a target at all.
SELECT
  account_key,
  exchange_key,
  exchange_id,
  ts_us,
  CAST(1 AS BIGINT) AS trials,
  CAST(CASE WHEN skill <> 'chat' THEN 1 ELSE 0 END AS BIGINT) AS hits
FROM {exchanges}
WHERE skill IS NOT NULL AND topic IS NOT NULL
