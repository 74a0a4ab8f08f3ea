-- Per exchange: over how many routes its template came, where it came over more than one.
WITH
routes AS (
  SELECT template, route
  FROM {partials}
  WHERE template <> 0
  GROUP BY template, route
),
spread AS (
  SELECT template, CAST(count(*) AS BIGINT) AS routes
  FROM routes
  GROUP BY template
  HAVING count(*) >= 2
)
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1 AS BIGINT) AS trials,
  CAST(coalesce(s.routes, 0) AS BIGINT) AS hits
FROM {exchanges} AS e
LEFT JOIN spread AS s ON e.skeleton = s.template
WHERE e.channel IS NOT NULL
