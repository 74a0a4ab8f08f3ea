-- Prompts asked more than once in this log, by anybody.
SELECT value AS prompt_hash, CAST(count(*) AS BIGINT) AS askings
FROM {source}
WHERE value IS NOT NULL
GROUP BY value
HAVING count(*) > 1
