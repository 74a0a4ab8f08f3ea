-- Conversations begun on one account that another goes on with, later the same day, where at most three accounts had
-- them. Every fourth conversation is looked at, by its hash, which keeps the work small and the shares as they are.
-- Rows are an account's sides of one day: `gave` where it began.
WITH
begun AS (
  SELECT account_key, conversation_hash AS item, hour - hour % 24 AS day_start, min(ts_us) AS ts_us
  FROM {exchanges}
  WHERE conversation_hash % 4 = 0
  GROUP BY account_key, conversation_hash, hour - hour % 24
),
continued AS (
  SELECT account_key, prefix_hash AS item, hour - hour % 24 AS day_start, max(ts_us) AS ts_us
  FROM {exchanges}
  WHERE prefix_hash % 4 = 0
  GROUP BY account_key, prefix_hash, hour - hour % 24
),
held AS (
  SELECT item, day_start
  FROM begun
  GROUP BY item, day_start
  HAVING count(*) <= 3
),
pairs AS (
  SELECT b.item AS item, b.day_start AS day_start, b.account_key AS giver, c.account_key AS taker
  FROM held AS h
  JOIN begun AS b ON h.item = b.item AND h.day_start = b.day_start
  JOIN continued AS c ON h.item = c.item AND h.day_start = c.day_start
  WHERE c.account_key <> b.account_key AND c.ts_us > b.ts_us
)
SELECT giver AS account_key, item, day_start, 1 AS gave
FROM pairs
GROUP BY giver, item, day_start
UNION ALL
SELECT taker AS account_key, item, day_start, 0 AS gave
FROM pairs
GROUP BY taker, item, day_start
