-- Per exchange: the answers it asked for (64 at most) as hits; band and day where near-duplicates were asked for four
-- or more answers that day, else NULL.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  r.band AS band,
  r.day AS day,
  CAST(CASE WHEN e.n > 1 AND e.n < 64 THEN e.n WHEN e.n >= 64 THEN 64 ELSE 1 END AS BIGINT) AS answers,
  CAST(1 AS BIGINT) AS trials,
  CAST(CASE WHEN r.band IS NULL THEN 0 ELSE 1 END AS BIGINT) AS hits
FROM {exchanges} AS e
LEFT JOIN signal_resampled AS r ON e.band_0 = r.band AND CAST(floor(e.hour / 24) AS INT) = r.day
WHERE e.band_0 IS NOT NULL
