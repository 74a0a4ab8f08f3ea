-- Near-duplicate prompts that got four answers or more on one day, from anybody in {exchanges}. Only a sieve: what a unit
-- asked is counted over the unit.
SELECT band_0 AS band, CAST(floor(hour / 24) AS INT) AS day
FROM {exchanges}
WHERE band_0 IS NOT NULL
GROUP BY band_0, CAST(floor(hour / 24) AS INT)
HAVING sum(CASE WHEN n > 1 AND n < 64 THEN n WHEN n >= 64 THEN 64 ELSE 1 END) >= 4
