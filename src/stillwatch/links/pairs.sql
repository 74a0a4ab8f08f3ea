-- How many principals of each half have both traits, never two traits of one channel group. Linear in principals.
SELECT x.half AS half, x.trait AS t1, y.trait AS t2, CAST(count(*) AS BIGINT) AS o
FROM kept AS x
JOIN kept AS y ON x.principal = y.principal
WHERE x.trait < y.trait AND x.family <> y.family
GROUP BY x.half, x.trait, y.trait
HAVING count(*) >= 2
