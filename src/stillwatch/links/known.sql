-- Principals that are somebody already: named by a contract, or a billing owner of several accounts.
SELECT s.principal AS principal
FROM (
  SELECT p.principal AS principal, CAST(count(*) AS BIGINT) AS accounts,
         max(CASE WHEN c.org_id IS NULL THEN 0 ELSE 1 END) AS named
  FROM principals AS p
  JOIN (
    SELECT e.account_key AS account_key, coalesce(a.org_id, e.org_id) AS org_id
    FROM account_totals AS e
    LEFT JOIN accounts AS a ON a.account_key = e.account_key
  ) AS o ON o.account_key = p.account_key
  LEFT JOIN (SELECT org_id FROM contracts GROUP BY org_id) AS c ON c.org_id = o.org_id
  GROUP BY p.principal
) AS s
WHERE s.accounts >= 2 OR s.named = 1
ORDER BY s.principal
