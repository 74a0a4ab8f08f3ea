SELECT s.a AS a, s.b AS b
FROM (
    SELECT x.principal AS a, y.principal AS b, x.channel AS channel
    FROM {rare} AS x
    JOIN {rare} AS y ON x.channel = y.channel AND x.value = y.value
    WHERE x.principal < y.principal
    GROUP BY x.principal, y.principal, x.channel
) AS s
GROUP BY s.a, s.b
HAVING count(*) >= 2
ORDER BY s.a, s.b
