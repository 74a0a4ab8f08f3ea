-- The largest pure parts of each candidate group, at most {most}.
SELECT unit_id, part, exchanges
FROM (
  SELECT
    u.unit_id AS unit_id, p.part AS part, p.exchanges AS exchanges,
    row_number() OVER (PARTITION BY u.unit_id ORDER BY p.exchanges DESC, p.part, p.account_key) AS place
  FROM {units} AS u
  JOIN {partials} AS p ON u.account_key = p.account_key
  WHERE u.kind = 'group' AND p.part <> '' AND p.exchanges >= 10 AND 2 * p.hits >= p.exchanges
) AS ranked
WHERE place <= {most}
ORDER BY unit_id, place
