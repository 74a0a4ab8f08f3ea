-- By group: distinct values of one column, and exchanges and accounts of its commonest one.
WITH counted AS (
  SELECT group_id, {column} AS value, CAST(count(*) AS BIGINT) AS n, min(account_key) AS low, max(account_key) AS high
  FROM member_exchanges
  WHERE {column} IS NOT NULL
  GROUP BY group_id, {column}
)
SELECT group_id, CAST(count(*) AS BIGINT) AS distinct_values, CAST(sum(n) AS BIGINT) AS n, CAST(max(n) AS BIGINT) AS top,
       CAST(sum(CASE WHEN low < high THEN n ELSE 0 END) AS BIGINT) AS shared
FROM counted GROUP BY group_id ORDER BY group_id
