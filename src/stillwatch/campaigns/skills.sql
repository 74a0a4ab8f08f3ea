-- How often a group used each skill; NULL is left out.
SELECT m.group_id AS group_id, e.skill AS skill, CAST(count(*) AS BIGINT) AS n
FROM campaign_members AS m
JOIN exchanges AS e ON e.account_key = m.account_key
WHERE e.skill IS NOT NULL
GROUP BY m.group_id, e.skill
ORDER BY group_id, n DESC, skill
