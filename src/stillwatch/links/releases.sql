-- The hour of a principal's first request to each model released inside the log, counted from the release; only
-- the first two weeks tell anything.
SELECT p.principal AS principal,
       r.place * 100000 + CAST(floor((r.first_us - r.released_us) / 3600000000) AS BIGINT) AS value
FROM (
  SELECT e.account_key AS account_key, m.place AS place, min(m.released_us) AS released_us, min(e.ts_us) AS first_us
  FROM exchanges AS e
  JOIN releases AS m ON e.model = m.model
  WHERE e.ts_us >= m.released_us
  GROUP BY e.account_key, m.place
) AS r
JOIN principals AS p ON p.account_key = r.account_key
WHERE r.first_us < r.released_us + 1209600000000
GROUP BY p.principal, r.place * 100000 + CAST(floor((r.first_us - r.released_us) / 3600000000) AS BIGINT)
