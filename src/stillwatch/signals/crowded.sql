-- Accounts in a programme that name twenty end users or more.
SELECT s.account_key AS account_key
FROM (
  SELECT account_key, end_user_id
  FROM exchanges
  WHERE end_user_id IS NOT NULL
  GROUP BY account_key, end_user_id
) AS s
JOIN (SELECT account_key FROM accounts WHERE programme IS NOT NULL GROUP BY account_key) AS a
  ON s.account_key = a.account_key
GROUP BY s.account_key
HAVING count(*) >= 20
