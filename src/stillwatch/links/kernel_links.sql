-- Traits that at least half of a kernel's principals share, rarest first: how many have it inside, how many at all.
SELECT s.channel AS channel, s.value AS value, s.n AS n, d.df AS df
FROM (
  SELECT r.channel AS channel, r.value AS value, CAST(count(*) AS BIGINT) AS n
  FROM trait_rows AS r
  JOIN kernel_nodes AS k ON k.principal = r.principal
  GROUP BY r.channel, r.value
  HAVING count(*) >= 2 AND 2 * count(*) >= {members}
) AS s
JOIN (
  SELECT r.channel AS channel, r.value AS value, CAST(count(*) AS BIGINT) AS df FROM trait_rows AS r
  JOIN (
    SELECT t.channel AS channel, t.value AS value FROM trait_rows AS t
    JOIN kernel_nodes AS k ON k.principal = t.principal
    GROUP BY t.channel, t.value
  ) AS w ON w.channel = r.channel AND w.value = r.value
  GROUP BY r.channel, r.value
) AS d ON d.channel = s.channel AND d.value = s.value
WHERE d.df <= {rarest}
ORDER BY df, n DESC, channel, value
LIMIT {most}
