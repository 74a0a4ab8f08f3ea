-- Hand-offs between accounts. Kind 'retry': a body refused on one account (limit, overload, key refused) arrives on
-- another within two minutes. Kind 'migration': a conversation goes on under another account. Both only where
-- at most four accounts ever had the body or the conversation, so that chance is next to nothing.
WITH tried AS (
  SELECT body_hash FROM retries GROUP BY body_hash
  HAVING min(account_key) < max(account_key) AND max(refused) = 1
),
held AS (
  SELECT s.value AS body_hash
  FROM shared_body_hash AS s
  JOIN tried AS t ON s.value = t.body_hash
  GROUP BY s.value
  HAVING count(*) <= 4
),
handed AS (
  SELECT r.account_key AS a, e.account_key AS b, r.exchange_id AS first_id, e.exchange_id AS then_id
  FROM held AS h
  JOIN retries AS r ON r.body_hash = h.body_hash
  JOIN retries AS e ON e.body_hash = h.body_hash
  WHERE r.refused = 1 AND e.account_key <> r.account_key AND e.ts_us > r.ts_us AND e.ts_us < r.ts_us + 120000000
),
continued_keys AS (
  SELECT prefix_hash, min(account_key) AS low, max(account_key) AS high FROM exchanges
  WHERE prefix_hash IS NOT NULL GROUP BY prefix_hash
),
-- Nearly all conversations go on where they began: only the others are looked at.
foreign_keys AS (
  SELECT e.conversation_hash AS conversation_hash
  FROM exchanges AS e JOIN continued_keys AS k ON e.conversation_hash = k.prefix_hash
  WHERE k.low < k.high OR e.account_key <> k.low
  GROUP BY e.conversation_hash
),
begun AS (
  SELECT e.conversation_hash AS conversation_hash, e.account_key AS account_key, min(e.ts_us) AS ts_us,
         min(e.exchange_id) AS exchange_id
  FROM exchanges AS e JOIN foreign_keys AS k ON e.conversation_hash = k.conversation_hash
  GROUP BY e.conversation_hash, e.account_key
),
rare AS (SELECT conversation_hash FROM begun GROUP BY conversation_hash HAVING count(*) <= 3),
migrations AS (
  SELECT b.account_key AS a, c.account_key AS b, b.exchange_id AS first_id, c.exchange_id AS then_id
  FROM rare AS r
  JOIN begun AS b ON b.conversation_hash = r.conversation_hash
  JOIN exchanges AS c ON c.prefix_hash = r.conversation_hash
  WHERE c.account_key <> b.account_key AND c.ts_us > b.ts_us
),
edges AS (
  SELECT 'retry' AS kind, a, b, first_id, then_id FROM handed
  UNION ALL
  SELECT 'migration' AS kind, a, b, first_id, then_id FROM migrations
)
SELECT kind, a, b, CAST(count(*) AS BIGINT) AS n, min(first_id) AS first_id, min(then_id) AS then_id
FROM edges GROUP BY kind, a, b ORDER BY kind, a, b
