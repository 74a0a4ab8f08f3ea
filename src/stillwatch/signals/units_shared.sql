-- Companies and tools outside candidate groups, before any are drawn: unit_id, kind, account_key and the least key of the
-- unit, which is a hash and so as good as chance.
WITH
honest AS (
  SELECT s.account_key
  FROM signal_seen AS s
  LEFT JOIN signal_outside AS m ON s.account_key = m.account_key
  WHERE m.account_key IS NULL
),
owners AS (
  SELECT account_key, org_id FROM accounts WHERE org_id IS NOT NULL
  UNION ALL
  SELECT account_key, org_id FROM account_days WHERE org_id IS NOT NULL GROUP BY account_key, org_id
),
owned AS (
  SELECT concat('org:', o.org_id) AS unit_id, 'org' AS kind, o.account_key AS account_key
  FROM owners AS o
  JOIN honest AS h ON o.account_key = h.account_key
  GROUP BY o.org_id, o.account_key
),
traits AS (
  SELECT account_key, 'system' AS trait, value AS trait_value FROM seen_system_hash GROUP BY account_key, value
  UNION ALL
  SELECT account_key, 'tools' AS trait, value AS trait_value FROM seen_tools_hash GROUP BY account_key, value
  UNION ALL
  SELECT account_key, 'stack' AS trait, value AS trait_value FROM seen_stack GROUP BY account_key, value
),
used AS (
  SELECT
    concat('tool:', t.trait, ':', CAST(t.trait_value AS VARCHAR)) AS unit_id,
    'tool' AS kind,
    t.account_key AS account_key
  FROM traits AS t
  JOIN honest AS h ON t.account_key = h.account_key
),
shared AS (
  SELECT unit_id, kind, account_key FROM owned
  UNION ALL
  SELECT unit_id, kind, account_key FROM used
),
-- A tool that shows in its system prompt, its tools and its stack is one tenant, not three: units of a kind with the
-- same members (told by three exact summaries) are kept once.
summaries AS (
  SELECT
    unit_id, kind,
    CAST(count(*) AS BIGINT) AS members,
    min(account_key) AS least,
    max(account_key) AS greatest,
    CAST(sum(account_key % 1000003) AS BIGINT) AS residue
  FROM shared
  GROUP BY unit_id, kind
),
kept AS (
  SELECT min(unit_id) AS unit_id, kind, least
  FROM summaries
  WHERE (kind = 'org' AND members >= 2) OR (kind = 'tool' AND members >= 5)
  GROUP BY kind, members, least, greatest, residue
)
SELECT s.unit_id AS unit_id, s.kind AS kind, s.account_key AS account_key, k.least AS least
FROM shared AS s
JOIN kept AS k ON s.unit_id = k.unit_id AND s.kind = k.kind
