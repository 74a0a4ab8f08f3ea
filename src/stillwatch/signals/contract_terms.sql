-- Per exchange under terms: whether it breaks any. Terms are the countries of its organisation's contracts, and the
-- programme of its account.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1 AS BIGINT) AS trials,
  CAST(
    CASE
      WHEN l.org_id IS NOT NULL AND w.country IS NULL THEN 1
      WHEN a.programme IS NOT NULL AND e.channel LIKE 'reseller:%' THEN 1
      WHEN c.account_key IS NOT NULL AND e.end_user_id IS NOT NULL THEN 1
      ELSE 0
    END AS BIGINT
  ) AS hits
FROM {exchanges} AS e
LEFT JOIN (
  SELECT account_key, max(org_id) AS org_id, max(programme) AS programme
  FROM accounts
  GROUP BY account_key
) AS a ON e.account_key = a.account_key
LEFT JOIN (SELECT org_id FROM signal_allowed GROUP BY org_id) AS l ON coalesce(a.org_id, e.org_id) = l.org_id
LEFT JOIN signal_allowed AS w ON coalesce(a.org_id, e.org_id) = w.org_id AND e.country = w.country
LEFT JOIN signal_crowded AS c ON e.account_key = c.account_key
WHERE e.country IS NOT NULL AND (l.org_id IS NOT NULL OR a.programme IS NOT NULL)
