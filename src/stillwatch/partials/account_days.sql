-- Activity by account, day and the organisation that the log names; additive over days.
SELECT
  account_key,
  hour - hour % 24 AS day_start,
  org_id,
  min(account_id) AS account_id,
  min(country) AS country,
  CAST(count(*) AS BIGINT) AS exchanges,
  min(ts_us) AS first_us,
  max(ts_us) AS last_us,
  CAST(count(coalesce(body_hash, system_hash, skeleton, band_0)) AS BIGINT) AS tasks,
  max(CASE WHEN channel LIKE 'reseller:%' THEN 1 ELSE 0 END) AS resells,
  CAST(
    sum(CASE WHEN asks_reasoning >= 500 OR asks_grading >= 500 OR asks_generation >= 500 THEN 1 ELSE 0 END) AS BIGINT
  ) AS asking
FROM exchanges
GROUP BY account_key, hour - hour % 24, org_id
