-- Traits that a loud principal shares with anybody, rare ones only: by pair and channel group the weight ln(N/df) of
-- the rarest. One side is always loud, so this stays small however large the log is. Needs
-- `loud_rows`, the traits of the loud, and `loud_traits`, how many have each.
SELECT s.a AS a, s.b AS b, s.family AS family, max(s.weight) AS weight
FROM (
  SELECT x.principal AS a, y.principal AS b, c.family AS family, ln({principals} / d.df) AS weight
  FROM loud_rows AS x
  JOIN loud_traits AS d ON d.channel = x.channel AND d.value = x.value
  JOIN trait_rows AS y ON y.channel = x.channel AND y.value = x.value
  JOIN channel_families AS c ON c.channel = x.channel
  WHERE x.principal <> y.principal
) AS s
GROUP BY s.a, s.b, s.family
ORDER BY a, b, family
