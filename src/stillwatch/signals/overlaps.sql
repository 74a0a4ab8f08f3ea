-- Units most of whose accounts belong to a candidate group: they cannot stand as its honest tenants.
WITH sizes AS (
  SELECT unit_id, kind, CAST(count(*) AS BIGINT) AS accounts
  FROM units
  GROUP BY unit_id, kind
),
common AS (
  SELECT g.unit_id AS group_id, u.unit_id, u.kind, CAST(count(*) AS BIGINT) AS accounts
  FROM units AS g
  JOIN units AS u ON g.account_key = u.account_key
  WHERE g.kind = 'group'
  GROUP BY g.unit_id, u.unit_id, u.kind
)
SELECT c.group_id AS group_id, c.unit_id AS unit_id, c.kind AS kind
FROM common AS c
JOIN sizes AS s ON c.unit_id = s.unit_id AND c.kind = s.kind
WHERE 2 * c.accounts > s.accounts
ORDER BY group_id, kind, unit_id
