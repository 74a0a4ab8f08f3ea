-- How often a group used each value of one column; NULL is left out. {source} is (account_key, value, exchanges).
SELECT m.group_id AS group_id, s.value AS value, CAST(sum(s.exchanges) AS BIGINT) AS n
FROM campaign_members AS m
JOIN ({source}) AS s ON s.account_key = m.account_key
WHERE s.value IS NOT NULL
GROUP BY m.group_id, s.value
