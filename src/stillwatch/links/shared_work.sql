-- Rare items of work (a prompt, a near-duplicate band, a set of biased tokens) that a loud account shares with another
-- account: how many by pair. Rare means that at most {rarest} accounts ever had the item, so that a public benchmark does
-- not count. Needs `few_items`: of those that the loud accounts have, at least all that so few have.
WITH holders AS (
  SELECT i.item AS item, p.principal AS principal
  FROM {source} AS e
  JOIN few_items AS i ON i.item = e.value
  JOIN principals AS p ON p.account_key = e.account_key
  GROUP BY i.item, p.principal
),
rare AS (SELECT item FROM holders GROUP BY item HAVING count(*) BETWEEN 2 AND {rarest})
SELECT x.principal AS a, y.principal AS b, CAST(count(*) AS BIGINT) AS items
FROM rare AS r
JOIN holders AS x ON x.item = r.item
JOIN holders AS y ON y.item = r.item
JOIN loud_nodes AS l ON l.principal = x.principal
WHERE x.principal <> y.principal
GROUP BY x.principal, y.principal
HAVING count(*) >= {least}
ORDER BY a, b
