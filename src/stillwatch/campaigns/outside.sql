-- By group: exchanges whose value of one column is also used by accounts outside every group, and by how many such
-- accounts at most. What strangers use too is public: a benchmark, a popular tool. {source} is (account_key, value) of
-- at least every value that two accounts have. Needs `member_values`.
WITH
wanted AS (SELECT value FROM member_values GROUP BY value),
strangers AS (
  SELECT s.value AS value, CAST(count(*) AS BIGINT) AS accounts FROM (
    SELECT e.value AS value, e.account_key AS account_key
    FROM {source} AS e
    JOIN wanted AS w ON w.value = e.value
    LEFT JOIN (SELECT account_key FROM campaign_members GROUP BY account_key) AS m ON m.account_key = e.account_key
    WHERE m.account_key IS NULL
    GROUP BY e.value, e.account_key
  ) AS s GROUP BY s.value
)
SELECT i.group_id AS group_id,
       CAST(sum(CASE WHEN s.accounts >= 2 THEN i.n ELSE 0 END) AS BIGINT) AS public,
       CAST(max(coalesce(s.accounts, 0)) AS BIGINT) AS strangers
FROM member_values AS i
LEFT JOIN strangers AS s ON s.value = i.value
GROUP BY i.group_id
ORDER BY group_id
