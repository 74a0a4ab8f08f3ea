-- Requests that may be refused ones tried again on another account within two minutes, and the refused ones: bodies that
-- were refused (limit, overload, key refused) on a day on which two to four accounts had them. Additive over days: around
-- midnight the other half may stand in another day, so what is refused in the last two minutes of a day, or comes in the
-- first two, is here in any case.
WITH
refused_bodies AS (
  SELECT body_hash, hour - hour % 24 AS day_start
  FROM exchanges
  WHERE status IN (401, 403, 429, 503, 529) AND body_hash IS NOT NULL
  GROUP BY body_hash, hour - hour % 24
),
tried AS (
  SELECT
    e.account_key AS account_key, e.body_hash AS body_hash, e.ts_us AS ts_us, e.exchange_id AS exchange_id,
    CASE WHEN e.status IN (401, 403, 429, 503, 529) THEN 1 ELSE 0 END AS refused,
    r.day_start AS day_start
  FROM exchanges AS e
  LEFT JOIN refused_bodies AS r ON e.body_hash = r.body_hash AND e.hour - e.hour % 24 = r.day_start
  WHERE e.body_hash IS NOT NULL AND (r.body_hash IS NOT NULL OR e.ts_us % 86400000000 < 120000000)
),
rare AS (
  SELECT body_hash, day_start
  FROM (
    SELECT body_hash, day_start, account_key FROM tried WHERE day_start IS NOT NULL
    GROUP BY body_hash, day_start, account_key
  ) AS holders
  GROUP BY body_hash, day_start
  HAVING count(*) BETWEEN 2 AND 4
)
SELECT t.account_key AS account_key, t.body_hash AS body_hash, t.ts_us AS ts_us, t.exchange_id AS exchange_id,
       t.refused AS refused
FROM tried AS t
LEFT JOIN rare AS r ON t.body_hash = r.body_hash AND t.day_start = r.day_start
WHERE r.body_hash IS NOT NULL
   OR t.ts_us % 86400000000 < 120000000
   OR (t.refused = 1 AND t.ts_us % 86400000000 >= 86280000000)
