-- Accounts by the country that is billed, else the first by name of those they came from; countries of fewer than 200
-- accounts are one stratum.
WITH
places AS (
  SELECT e.account_key AS account_key, coalesce(a.country, e.country, '') AS country
  FROM account_totals AS e
  LEFT JOIN (
    SELECT account_key, max(billing_country) AS country FROM accounts GROUP BY account_key
  ) AS a ON e.account_key = a.account_key
),
sizes AS (
  SELECT country, CAST(count(*) AS BIGINT) AS accounts
  FROM places
  GROUP BY country
)
SELECT
  p.account_key AS account_key,
  CASE WHEN s.accounts >= 200 THEN p.country ELSE '' END AS stratum
FROM places AS p
JOIN sizes AS s ON p.country = s.country
