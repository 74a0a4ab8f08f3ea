-- Distinct prompts on templates of the unit's own, over all its exchanges. A template is its own when three or more of
-- its accounts use it and they are at least a third of all accounts that do.
WITH
uses AS (
  SELECT account_key, template
  FROM {partials}
  WHERE template IS NOT NULL
  GROUP BY account_key, template
),
shared AS (
  SELECT template, CAST(count(*) AS BIGINT) AS accounts
  FROM uses
  GROUP BY template
  HAVING count(*) >= 3
),
family_uses AS (
  SELECT u.account_key, u.template, s.accounts
  FROM uses AS u
  JOIN shared AS s ON u.template = s.template
),
member_uses AS (
  SELECT m.unit_id, m.kind, f.account_key, f.template, min(f.accounts) AS accounts
  FROM {units} AS m
  JOIN family_uses AS f ON m.account_key = f.account_key
  GROUP BY m.unit_id, m.kind, f.account_key, f.template
),
own AS (
  SELECT unit_id, kind, template
  FROM member_uses
  GROUP BY unit_id, kind, template
  HAVING count(*) >= 3 AND 3 * count(*) >= max(accounts)
),
-- Grouped once more so that no engine joins a unit's templates with all its members before it looks at who uses which.
own_uses AS (
  SELECT u.unit_id, u.kind, u.account_key, u.template
  FROM member_uses AS u
  JOIN own AS o ON o.unit_id = u.unit_id AND o.kind = u.kind AND o.template = u.template
  GROUP BY u.unit_id, u.kind, u.account_key, u.template
),
fills AS (
  SELECT o.unit_id, o.kind, o.template, p.prompt_hash
  FROM own_uses AS o
  JOIN {partials} AS p ON p.account_key = o.account_key AND p.template = o.template
  GROUP BY o.unit_id, o.kind, o.template, p.prompt_hash
),
filled AS (
  SELECT unit_id, kind, CAST(count(*) AS BIGINT) AS prompts
  FROM fills
  GROUP BY unit_id, kind
),
account_totals AS (
  SELECT account_key, CAST(sum(exchanges) AS BIGINT) AS exchanges
  FROM {partials}
  GROUP BY account_key
),
totals AS (
  SELECT m.unit_id, m.kind, CAST(count(*) AS BIGINT) AS accounts, CAST(sum(a.exchanges) AS BIGINT) AS exchanges
  FROM {units} AS m
  JOIN account_totals AS a ON m.account_key = a.account_key
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
