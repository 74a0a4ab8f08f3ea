-- The values of {column} that each part of a carrier sends. Needs `mixture_sent`.
SELECT account_key, part, {column} AS style
FROM mixture_sent
WHERE {column} IS NOT NULL
GROUP BY account_key, part, {column}
ORDER BY account_key, part, style
