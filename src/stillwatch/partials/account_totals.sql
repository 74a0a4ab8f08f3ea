-- Activity by account, one row each: its days added up.
SELECT
  account_key,
  min(account_id) AS account_id,
  min(org_id) AS org_id,
  min(country) AS country,
  CAST(sum(exchanges) AS BIGINT) AS exchanges,
  min(first_us) AS first_us,
  max(last_us) AS last_us,
  CAST(sum(tasks) AS BIGINT) AS tasks,
  max(resells) AS resells,
  CAST(sum(asking) AS BIGINT) AS asking
FROM account_days
GROUP BY account_key
