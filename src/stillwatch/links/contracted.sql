-- Principals that a contract names.
SELECT p.principal AS principal
FROM principals AS p
JOIN (
  SELECT e.account_key AS account_key, coalesce(a.org_id, e.org_id) AS org_id
  FROM (SELECT account_key, min(org_id) AS org_id FROM exchanges GROUP BY account_key) AS e
  LEFT JOIN accounts AS a ON a.account_key = e.account_key
) AS o ON o.account_key = p.account_key
JOIN (SELECT org_id FROM contracts GROUP BY org_id) AS c ON c.org_id = o.org_id
GROUP BY p.principal
ORDER BY p.principal
