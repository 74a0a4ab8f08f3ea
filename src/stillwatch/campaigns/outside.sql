-- By group: exchanges whose value of one column is also used by accounts outside every group, and by how many such
-- accounts the group's commonest value is used. What strangers use too is public: a benchmark, a popular tool.
WITH inside AS (
  SELECT m.group_id AS group_id, e.{column} AS value, CAST(count(*) AS BIGINT) AS n
  FROM campaign_members AS m
  JOIN exchanges AS e ON e.account_key = m.account_key
  WHERE e.{column} IS NOT NULL
  GROUP BY m.group_id, e.{column}
),
wanted AS (SELECT value FROM inside GROUP BY value),
strangers AS (
  SELECT s.value AS value, CAST(count(*) AS BIGINT) AS accounts FROM (
    SELECT e.{column} AS value, e.account_key AS account_key
    FROM exchanges AS e
    JOIN wanted AS w ON w.value = e.{column}
    LEFT JOIN (SELECT account_key FROM campaign_members GROUP BY account_key) AS m ON m.account_key = e.account_key
    WHERE m.account_key IS NULL
    GROUP BY e.{column}, e.account_key
  ) AS s GROUP BY s.value
)
SELECT i.group_id AS group_id, CAST(sum(i.n) AS BIGINT) AS n,
       CAST(sum(CASE WHEN s.accounts >= 2 THEN i.n ELSE 0 END) AS BIGINT) AS public,
       CAST(max(coalesce(s.accounts, 0)) AS BIGINT) AS strangers
FROM inside AS i
LEFT JOIN strangers AS s ON s.value = i.value
GROUP BY i.group_id
ORDER BY group_id
