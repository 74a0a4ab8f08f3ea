-- What the parts (end users, else keys) of the accounts in `mixture_carriers` send: the values of {column}.
SELECT
  e.account_key AS account_key,
  coalesce(e.end_user_id, e.key_id, '') AS part,
  e.{column} AS style
FROM exchanges AS e
JOIN mixture_carriers AS c ON e.account_key = c.account_key
WHERE e.{column} IS NOT NULL
GROUP BY e.account_key, coalesce(e.end_user_id, e.key_id, ''), e.{column}
ORDER BY account_key, part, style
