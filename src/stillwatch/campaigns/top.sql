-- By group: distinct values of one column, and exchanges of all and of its commonest one. Needs `member_values`.
SELECT group_id, CAST(count(*) AS BIGINT) AS distinct_values, CAST(sum(v.n) AS BIGINT) AS n, CAST(max(v.n) AS BIGINT) AS top
FROM member_values AS v
GROUP BY group_id
ORDER BY group_id
