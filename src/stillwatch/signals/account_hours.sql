-- Account partials: exchanges of each account in each hour.
SELECT
  account_key,
  hour,
  CAST(count(*) AS BIGINT) AS exchanges
FROM {exchanges}
GROUP BY account_key, hour
