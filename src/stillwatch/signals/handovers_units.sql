-- What was handed over between two accounts of the unit, an exchange. An item counts as often as the rarer side has it.
WITH
mine AS (
  SELECT u.unit_id, u.kind, p.account_key, p.item, p.exchanges, p.gave, p.took
  FROM {units} AS u
  JOIN {partials} AS p ON u.account_key = p.account_key
),
items AS (
  SELECT unit_id, kind, item, CAST(sum(gave) AS DOUBLE) AS gave, CAST(sum(took) AS DOUBLE) AS took
  FROM mine
  WHERE item IS NOT NULL
  GROUP BY unit_id, kind, item
),
moved AS (
  SELECT unit_id, kind, sum(CASE WHEN gave < took THEN gave ELSE took END) AS moved
  FROM items
  GROUP BY unit_id, kind
),
totals AS (
  SELECT unit_id, kind, CAST(count(*) AS BIGINT) AS accounts, CAST(sum(exchanges) AS BIGINT) AS exchanges
  FROM mine
  WHERE item IS NULL
  GROUP BY unit_id, kind
)
SELECT
  t.unit_id AS unit_id,
  t.kind AS kind,
  t.accounts AS accounts,
  t.exchanges AS trials,
  CASE WHEN t.exchanges > 0 THEN coalesce(m.moved, 0) / CAST(t.exchanges AS DOUBLE) END AS value
FROM totals AS t
LEFT JOIN moved AS m ON t.unit_id = m.unit_id AND t.kind = m.kind
