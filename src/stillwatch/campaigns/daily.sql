-- Exchanges by group and day since 1970.
SELECT m.group_id AS group_id, CAST(floor(e.hour / 24) AS INT) AS day, CAST(count(*) AS BIGINT) AS n
FROM campaign_members AS m
JOIN exchanges AS e ON e.account_key = m.account_key
GROUP BY m.group_id, CAST(floor(e.hour / 24) AS INT)
ORDER BY group_id, day
