-- Pairs seen more often than independence inside strata allows: z = (o - e) / sqrt(e + 0.2) above {least_z}. The
-- unstratified expectation sieves first, because it is cheap. Each stratum's counts are drawn towards everybody's rates by
-- {shrink} pseudo-principals, or a group that fills a stratum would be its own expectation.
WITH sieved AS (
  SELECT p.half AS half, p.t1 AS t1, p.t2 AS t2, p.o AS o, {shrink} * a.n / h.n AS more1, {shrink} * b.n / h.n AS more2
  FROM pairs AS p
  JOIN trait_sizes AS a ON a.half = p.half AND a.trait = p.t1
  JOIN trait_sizes AS b ON b.half = p.half AND b.trait = p.t2
  JOIN half_sizes AS h ON h.half = p.half
  WHERE p.o - a.n * b.n / h.n > {least_z} * sqrt(a.n * b.n / h.n + 0.2)
),
expected AS (
  SELECT s.half AS half, s.t1 AS t1, s.t2 AS t2, min(s.o) AS o,
         sum((a.n + s.more1) * (b.n + s.more2) / (z.n + {shrink})) AS e
  FROM sieved AS s
  JOIN trait_strata AS a ON a.half = s.half AND a.trait = s.t1
  JOIN trait_strata AS b ON b.half = s.half AND b.trait = s.t2 AND b.stratum = a.stratum
  JOIN stratum_sizes AS z ON z.half = s.half AND z.stratum = a.stratum
  GROUP BY s.half, s.t1, s.t2
)
SELECT half, t1, t2, o, e, (o - e) / sqrt(e + 0.2) AS z
FROM expected
WHERE o - e > {least_z} * sqrt(e + 0.2)
ORDER BY half, t1, t2
