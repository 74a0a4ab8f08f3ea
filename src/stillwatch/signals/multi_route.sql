-- Account partials: exchanges by template and route; the operator's own doors are one route. 0 stands for no template.
SELECT
  account_key,
  coalesce(skeleton, 0) AS template,
  CASE WHEN channel IN ('api', 'app', 'batch') THEN 'direct' ELSE channel END AS route,
  CAST(count(*) AS BIGINT) AS exchanges
FROM {exchanges}
WHERE channel IS NOT NULL
GROUP BY
  account_key, coalesce(skeleton, 0), CASE WHEN channel IN ('api', 'app', 'batch') THEN 'direct' ELSE channel END
