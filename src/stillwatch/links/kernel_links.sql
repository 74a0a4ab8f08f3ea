-- By kernel: traits that at least half of its principals share, rarest first: how many have it inside, how many at all.
WITH shared AS (
  SELECT k.kernel AS kernel, r.channel AS channel, r.value AS value, CAST(count(*) AS BIGINT) AS n
  FROM trait_rows AS r
  JOIN kernel_nodes AS k ON k.principal = r.principal
  GROUP BY k.kernel, r.channel, r.value
  HAVING count(*) >= 2 AND 2 * count(*) >= max(k.members)
),
wanted AS (SELECT channel, value FROM shared GROUP BY channel, value),
held AS (
  SELECT r.channel AS channel, r.value AS value, CAST(count(*) AS BIGINT) AS df
  FROM trait_rows AS r
  JOIN wanted AS w ON w.channel = r.channel AND w.value = r.value
  GROUP BY r.channel, r.value
  HAVING count(*) <= {rarest}
)
SELECT kernel, channel, value, n, df
FROM (
  SELECT
    s.kernel AS kernel, s.channel AS channel, s.value AS value, s.n AS n, h.df AS df,
    row_number() OVER (PARTITION BY s.kernel ORDER BY h.df, s.n DESC, s.channel, s.value) AS place
  FROM shared AS s
  JOIN held AS h ON h.channel = s.channel AND h.value = s.value
) AS ranked
WHERE place <= {most}
ORDER BY kernel, place
