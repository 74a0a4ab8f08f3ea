-- Prompts asked more than once in this log, by anybody.
SELECT prompt_hash, CAST(count(*) AS BIGINT) AS askings
FROM exchanges
WHERE prompt_hash IS NOT NULL
GROUP BY prompt_hash
HAVING count(*) > 1
