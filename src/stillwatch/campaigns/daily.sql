-- Exchanges by group and day since 1970.
SELECT group_id, CAST(floor(day_start / 24) AS INT) AS day, CAST(sum(exchanges) AS BIGINT) AS n
FROM member_days
GROUP BY group_id, CAST(floor(day_start / 24) AS INT)
ORDER BY group_id, day
