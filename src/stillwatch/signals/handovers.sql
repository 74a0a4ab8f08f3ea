-- Account partials: what was handed over, by its hash, and on which side the account stood; NULL stands for all
-- exchanges that could have been.
SELECT
  account_key,
  item,
  CAST(0 AS BIGINT) AS exchanges,
  CAST(sum(gave) AS BIGINT) AS gave,
  CAST(sum(1 - gave) AS BIGINT) AS took
FROM (
{moves}
) AS moves
GROUP BY account_key, item
UNION ALL
SELECT
  account_key,
  CAST(NULL AS BIGINT) AS item,
  CAST(count(*) AS BIGINT) AS exchanges,
  CAST(0 AS BIGINT) AS gave,
  CAST(0 AS BIGINT) AS took
FROM {exchanges}
WHERE {carried}
GROUP BY account_key
