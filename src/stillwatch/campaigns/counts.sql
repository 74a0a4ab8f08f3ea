-- How often a group used each value of one column, and how many of its accounts did; NULL is left out.
SELECT s.group_id AS group_id, s.value AS value, CAST(sum(s.n) AS BIGINT) AS n, CAST(count(*) AS BIGINT) AS accounts
FROM (
  SELECT m.group_id AS group_id, e.{column} AS value, e.account_key AS account_key, CAST(count(*) AS BIGINT) AS n
  FROM campaign_members AS m
  JOIN exchanges AS e ON e.account_key = m.account_key
  WHERE e.{column} IS NOT NULL
  GROUP BY m.group_id, e.{column}, e.account_key
) AS s
GROUP BY s.group_id, s.value
ORDER BY group_id, n DESC, value
