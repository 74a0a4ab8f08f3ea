-- Distinct prompts on templates of the unit's own, over all its exchanges. A template is its own when three or more of
-- its accounts use it and they are at least a third of all accounts that do.
WITH
shared AS (
  SELECT value AS template, CAST(count(*) AS BIGINT) AS accounts
  FROM shared_template
  GROUP BY value
  HAVING count(*) >= 3
),
-- A template with more than three times as many accounts as the unit cannot be its own: it is left out before counting.
members AS (
  SELECT m.unit_id, m.kind, m.account_key, 3 * z.size AS most
  FROM {units} AS m
  JOIN (
    SELECT unit_id, kind, CAST(count(*) AS BIGINT) AS size FROM {units} GROUP BY unit_id, kind
  ) AS z ON m.unit_id = z.unit_id AND m.kind = z.kind
),
own AS (
  SELECT m.unit_id, m.kind, s.template
  FROM members AS m
  JOIN shared_template AS u ON m.account_key = u.account_key
  JOIN shared AS s ON u.value = s.template
  WHERE s.accounts <= m.most
  GROUP BY m.unit_id, m.kind, s.template
  HAVING count(*) >= 3 AND 3 * count(*) >= max(s.accounts)
),
-- Grouped in between so that no engine joins a unit's templates with all its members before it looks at who uses which.
owned AS (
  SELECT o.unit_id, o.kind, o.template, u.account_key
  FROM own AS o
  JOIN shared_template AS u ON u.value = o.template
  GROUP BY o.unit_id, o.kind, o.template, u.account_key
),
own_uses AS (
  SELECT o.unit_id, o.kind, o.account_key, o.template
  FROM owned AS o
  JOIN {units} AS m ON m.unit_id = o.unit_id AND m.kind = o.kind AND m.account_key = o.account_key
  GROUP BY o.unit_id, o.kind, o.account_key, o.template
),
fills AS (
  SELECT o.unit_id, o.kind, o.template, e.prompt_hash
  FROM own_uses AS o
  JOIN exchanges AS e ON e.account_key = o.account_key AND coalesce(e.skeleton, e.opening) = o.template
  WHERE e.prompt_hash IS NOT NULL
  GROUP BY o.unit_id, o.kind, o.template, e.prompt_hash
),
filled AS (
  SELECT unit_id, kind, CAST(count(*) AS BIGINT) AS prompts
  FROM fills
  GROUP BY unit_id, kind
),
totals AS (
  SELECT m.unit_id, m.kind, CAST(count(*) AS BIGINT) AS accounts, CAST(sum(a.exchanges) AS BIGINT) AS exchanges
  FROM {units} AS m
  JOIN {partials} AS a ON m.account_key = a.account_key
  GROUP BY m.unit_id, m.kind
)
SELECT
  t.unit_id AS unit_id,
  t.kind AS kind,
  t.accounts AS accounts,
  t.exchanges AS trials,
  CAST(coalesce(f.prompts, 0) AS DOUBLE) / CAST(t.exchanges AS DOUBLE) AS value
FROM totals AS t
LEFT JOIN filled AS f ON t.unit_id = f.unit_id AND t.kind = f.kind
