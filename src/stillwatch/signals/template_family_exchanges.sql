-- Per exchange: how many accounts share its template.
WITH shared AS (
  SELECT value AS template, CAST(count(*) AS BIGINT) AS accounts
  FROM shared_template
  GROUP BY value
)
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1 AS BIGINT) AS trials,
  CAST(CASE WHEN s.accounts >= 3 THEN s.accounts ELSE 0 END AS BIGINT) AS hits
FROM {exchanges} AS e
LEFT JOIN shared AS s ON coalesce(e.skeleton, e.opening) = s.template
WHERE e.prompt_hash IS NOT NULL
