-- Units most of whose accounts belong to a unit that is judged (a candidate group, or a tenant on trial): they cannot
-- stand as its honest tenants.
WITH sizes AS (
  SELECT unit_id, kind, CAST(count(*) AS BIGINT) AS accounts
  FROM units
  GROUP BY unit_id, kind
),
common AS (
  SELECT g.kind AS judged, g.unit_id AS group_id, u.unit_id, u.kind, CAST(count(*) AS BIGINT) AS accounts
  FROM units AS g
  JOIN units AS u ON g.account_key = u.account_key
  LEFT JOIN signal_trials AS t ON t.kind = g.kind AND t.unit_id = g.unit_id
  WHERE g.kind = 'group' OR t.unit_id IS NOT NULL
  GROUP BY g.kind, g.unit_id, u.unit_id, u.kind
)
SELECT c.judged AS judged, c.group_id AS group_id, c.unit_id AS unit_id, c.kind AS kind
FROM common AS c
JOIN sizes AS s ON c.unit_id = s.unit_id AND c.kind = s.kind
WHERE 2 * c.accounts > s.accounts
ORDER BY judged, group_id, kind, unit_id
