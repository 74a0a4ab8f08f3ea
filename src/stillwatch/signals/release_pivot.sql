-- Per exchange in the first 24 hours after a release: whether it went to a model released then.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1 AS BIGINT) AS trials,
  CAST(CASE WHEN r.model IS NOT NULL THEN 1 ELSE 0 END AS BIGINT) AS hits
FROM {exchanges} AS e
JOIN signal_release_hours AS h ON e.hour = h.hour
LEFT JOIN signal_releases AS r ON e.model = r.model AND h.released_us = r.released_us
WHERE e.model IS NOT NULL AND e.ts_us >= h.released_us AND e.ts_us < h.released_us + 86400000000
