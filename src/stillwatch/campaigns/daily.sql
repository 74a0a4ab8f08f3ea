-- Exchanges by group and day since 1970.
SELECT m.group_id AS group_id, CAST(floor(d.day_start / 24) AS INT) AS day, CAST(sum(d.exchanges) AS BIGINT) AS n
FROM campaign_members AS m
JOIN account_days AS d ON d.account_key = m.account_key
GROUP BY m.group_id, CAST(floor(d.day_start / 24) AS INT)
ORDER BY group_id, day
