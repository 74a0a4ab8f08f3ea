-- Per exchange with a known country: whether it is another one than the account's billing country.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1 AS BIGINT) AS trials,
  CAST(CASE WHEN e.country = a.billing_country THEN 0 ELSE 1 END AS BIGINT) AS hits
FROM {exchanges} AS e
JOIN (
  SELECT account_key, max(billing_country) AS billing_country
  FROM accounts
  WHERE billing_country IS NOT NULL
  GROUP BY account_key
) AS a ON e.account_key = a.account_key
WHERE e.country IS NOT NULL
