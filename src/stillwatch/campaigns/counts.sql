-- How often a group used each value of one column, and how many of its accounts did; NULL is left out.
SELECT m.group_id AS group_id, e.{column} AS value, CAST(count(*) AS BIGINT) AS n,
       CAST(count(DISTINCT e.account_key) AS BIGINT) AS accounts
FROM campaign_members AS m
JOIN exchanges AS e ON e.account_key = m.account_key
WHERE e.{column} IS NOT NULL
GROUP BY m.group_id, e.{column}
ORDER BY group_id, n DESC, value
