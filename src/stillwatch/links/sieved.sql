-- Pairs of one half seen more often than independence allows without strata, which is cheap to ask: (o - e) / sqrt(e + 0.2)
-- above {least_z}. more1, more2: what {shrink} pseudo-principals at everybody's rates would have of the two traits.
SELECT p.half AS half, p.t1 AS t1, p.t2 AS t2, p.o AS o, {shrink} * a.n / h.n AS more1, {shrink} * b.n / h.n AS more2
FROM pairs AS p
JOIN trait_sizes AS a ON a.half = p.half AND a.trait = p.t1
JOIN trait_sizes AS b ON b.half = p.half AND b.trait = p.t2
JOIN half_sizes AS h ON h.half = p.half
WHERE p.half = {half} AND p.o - a.n * b.n / h.n > {least_z} * sqrt(a.n * b.n / h.n + 0.2)
ORDER BY t1, t2
