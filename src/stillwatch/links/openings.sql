-- One row an account: its principal, stratum and first request.
SELECT p.principal AS principal, p.account_key AS account_key, p.stratum AS stratum,
       e.first_us AS first_us, e.account_id AS account_id
FROM principals AS p
JOIN account_totals AS e ON e.account_key = p.account_key
ORDER BY account_key
