-- Items of `loud_items` that at most {rarest} principals may have, as far as their numbers' last bits tell: never one left
-- out that so few have. Sixteen rows an item at most are grouped, where all holders of a public one are many.
SELECT s.item AS item
FROM (
  SELECT i.item AS item, p.principal % 16 AS part
  FROM {source} AS e
  JOIN loud_items AS i ON i.item = e.value
  JOIN principals AS p ON p.account_key = e.account_key
  GROUP BY i.item, p.principal % 16
) AS s
GROUP BY s.item
HAVING count(*) <= {rarest}
