-- How often a group used each value of one column, and how many of its accounts did; NULL is left out.
SELECT s.group_id AS group_id, s.value AS value, CAST(sum(s.n) AS BIGINT) AS n, CAST(count(*) AS BIGINT) AS accounts
FROM (
  SELECT group_id, {column} AS value, account_key, CAST(count(*) AS BIGINT) AS n
  FROM member_exchanges
  WHERE {column} IS NOT NULL
  GROUP BY group_id, {column}, account_key
) AS s
GROUP BY s.group_id, s.value
ORDER BY group_id, n DESC, value
