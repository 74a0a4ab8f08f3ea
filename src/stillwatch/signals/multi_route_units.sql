-- Share of a unit's exchanges on templates of its own that came over several routes, each template by how evenly: one
-- less the sum of the squared shares of its routes, 0 for one route, 0.5 for two alike, 0.67 for three. A template is
-- its own when three or more of its accounts use it and they are at least a third of all accounts that do.
WITH
uses AS (
  SELECT account_key, template, CAST(sum(exchanges) AS BIGINT) AS exchanges
  FROM {partials}
  GROUP BY account_key, template
),
shared AS (
  SELECT value AS template, CAST(count(*) AS BIGINT) AS accounts
  FROM (SELECT account_key, value FROM seen_skeleton GROUP BY account_key, value) AS users
  GROUP BY value
  HAVING count(*) >= 3
),
own AS (
  SELECT m.unit_id, m.kind, u.template
  FROM {units} AS m
  JOIN uses AS u ON m.account_key = u.account_key
  JOIN shared AS s ON u.template = s.template
  GROUP BY m.unit_id, m.kind, u.template
  HAVING count(*) >= 3 AND 3 * count(*) >= max(s.accounts)
),
ways AS (
  SELECT o.unit_id, o.kind, o.template, p.route, CAST(sum(p.exchanges) AS DOUBLE) AS exchanges
  FROM own AS o
  JOIN {partials} AS p ON o.template = p.template
  JOIN {units} AS m ON o.unit_id = m.unit_id AND o.kind = m.kind AND p.account_key = m.account_key
  GROUP BY o.unit_id, o.kind, o.template, p.route
),
templates AS (
  SELECT unit_id, kind, template, sum(exchanges) - sum(exchanges * exchanges) / sum(exchanges) AS spread
  FROM ways
  GROUP BY unit_id, kind, template
),
spreads AS (
  SELECT unit_id, kind, sum(spread) AS spread
  FROM templates
  GROUP BY unit_id, kind
),
account_totals AS (
  SELECT account_key, CAST(sum(exchanges) AS BIGINT) AS exchanges
  FROM uses
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
  round(coalesce(s.spread, 0) / CAST(t.exchanges AS DOUBLE), 6) AS value
FROM totals AS t
LEFT JOIN spreads AS s ON t.unit_id = s.unit_id AND t.kind = s.kind
