-- By group: distinct values of one column, and exchanges and accounts of its commonest one.
WITH counted AS (
  SELECT m.group_id AS group_id, e.{column} AS value, CAST(count(*) AS BIGINT) AS n, min(e.account_key) AS low,
         max(e.account_key) AS high
  FROM campaign_members AS m
  JOIN exchanges AS e ON e.account_key = m.account_key
  WHERE e.{column} IS NOT NULL
  GROUP BY m.group_id, e.{column}
)
SELECT group_id, CAST(count(*) AS BIGINT) AS distinct_values, CAST(sum(n) AS BIGINT) AS n, CAST(max(n) AS BIGINT) AS top,
       CAST(sum(CASE WHEN low < high THEN n ELSE 0 END) AS BIGINT) AS shared
FROM counted GROUP BY group_id ORDER BY group_id
