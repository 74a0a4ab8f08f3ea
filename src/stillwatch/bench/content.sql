SELECT e.account_key AS account_key, e.content AS content
FROM exchanges AS e
WHERE e.content IS NOT NULL
ORDER BY e.account_key, e.exchange_key
