SELECT r.principal AS principal, r.channel AS channel, r.value AS value
FROM trait_rows AS r
JOIN (
    SELECT channel, value
    FROM trait_rows
    GROUP BY channel, value
    HAVING count(*) BETWEEN 2 AND {cap}
) AS k ON k.channel = r.channel AND k.value = r.value
