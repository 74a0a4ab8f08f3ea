-- Prompts asked more than once in this log, by anybody.
SELECT value AS prompt_hash, CAST(sum(times) AS BIGINT) AS askings
FROM {source}
GROUP BY value
HAVING sum(times) > 1
