-- Accounts by value of one column, values that one account alone has left out: they can tie nobody.
WITH shared AS (
  SELECT value FROM {source} WHERE value IS NOT NULL
  GROUP BY value HAVING min(account_key) < max(account_key)
)
SELECT e.account_key AS account_key, s.value AS value
FROM {source} AS e
JOIN shared AS s ON s.value = e.value
GROUP BY e.account_key, s.value
