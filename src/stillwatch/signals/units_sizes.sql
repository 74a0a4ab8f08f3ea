-- Sizes of the candidate groups, in a fixed order.
SELECT CAST(count(*) AS BIGINT) AS accounts
FROM (SELECT group_id, account_key FROM signal_members GROUP BY group_id, account_key) AS members
GROUP BY group_id
ORDER BY accounts, group_id
