-- Companies and tools of an ordinary size that stand trial as if they were candidates. Who has a licence to harvest is
-- no honest tenant in this sense.
SELECT u.kind AS kind, u.unit_id AS unit_id, CAST(count(*) AS BIGINT) AS accounts
FROM units AS u
LEFT JOIN (
  SELECT concat('org:', org_id) AS unit_id FROM contracts WHERE kind = 'distillation-licence' GROUP BY org_id
) AS c ON c.unit_id = u.unit_id
WHERE u.kind IN ('org', 'tool') AND c.unit_id IS NULL
GROUP BY u.kind, u.unit_id
HAVING count(*) BETWEEN {fewest} AND {most}
ORDER BY kind, unit_id
