-- Account partials: days with traffic, exchanges, and squares of the daily counts.
SELECT
  account_key,
  CAST(count(*) AS BIGINT) AS days,
  CAST(sum(exchanges) AS BIGINT) AS exchanges,
  CAST(sum(exchanges * exchanges) AS BIGINT) AS squares
FROM (
  SELECT account_key, hour - hour % 24 AS day_start, CAST(count(*) AS BIGINT) AS exchanges
  FROM {exchanges}
  GROUP BY account_key, hour - hour % 24
) AS daily
GROUP BY account_key
