-- Requests refused on one account (limit, overload, key refused) that another account sent within two minutes and the
-- same day, where at most four accounts had the body that day. Rows are exchanges: `gave` on the refused side.
WITH
sent AS (
  SELECT
    account_key, exchange_key, ts_us, body_hash,
    hour - hour % 24 AS day_start,
    CASE WHEN status IN (401, 403, 429, 503, 529) THEN 1 ELSE 0 END AS refused
  FROM {exchanges}
  WHERE body_hash IS NOT NULL AND status IS NOT NULL
),
refused_bodies AS (
  SELECT body_hash, day_start
  FROM sent
  WHERE refused = 1
  GROUP BY body_hash, day_start
),
tried AS (
  SELECT s.account_key, s.exchange_key, s.ts_us, s.body_hash, s.day_start, s.refused
  FROM sent AS s
  JOIN refused_bodies AS r ON s.body_hash = r.body_hash AND s.day_start = r.day_start
),
rare AS (
  SELECT body_hash, day_start
  FROM (
    SELECT body_hash, day_start, account_key
    FROM tried
    GROUP BY body_hash, day_start, account_key
  ) AS holders
  GROUP BY body_hash, day_start
  HAVING count(*) BETWEEN 2 AND 4
),
rare_tries AS (
  SELECT t.account_key, t.exchange_key, t.ts_us, t.body_hash, t.day_start, t.refused
  FROM tried AS t
  JOIN rare AS r ON t.body_hash = r.body_hash AND t.day_start = r.day_start
),
pairs AS (
  SELECT
    g.body_hash AS item,
    g.account_key AS giver, g.exchange_key AS given, t.account_key AS taker, t.exchange_key AS taken
  FROM rare_tries AS g
  JOIN rare_tries AS t ON g.body_hash = t.body_hash AND g.day_start = t.day_start
  WHERE g.refused = 1 AND t.account_key <> g.account_key AND t.ts_us > g.ts_us AND t.ts_us < g.ts_us + 120000000
)
SELECT giver AS account_key, item, given AS exchange_key, 1 AS gave
FROM pairs
GROUP BY giver, item, given
UNION ALL
SELECT taker AS account_key, item, taken AS exchange_key, 0 AS gave
FROM pairs
GROUP BY taker, item, taken
