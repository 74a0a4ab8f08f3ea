-- Standard deviation, over the parts of one account, of the share of exchanges that ask for reasoning, grading or data:
-- what lies between the parts beyond chance (sum of n (r - mean)², less (parts - 1) mean (1 - mean)), an exchange. An
-- account of one part is left out.
SELECT
  u.unit_id AS unit_id,
  u.kind AS kind,
  CAST(count(*) AS BIGINT) AS accounts,
  CAST(sum(a.exchanges) AS BIGINT) AS trials,
  -- Rounded, because the order in which an engine adds shows in the last digits.
  CASE WHEN sum(a.excess) > 0 THEN round(sqrt(sum(a.excess) / CAST(sum(a.exchanges) AS DOUBLE)), 9) ELSE 0 END AS value
FROM {units} AS u
JOIN (
  SELECT
    account_key, exchanges,
    squares - hits * hits / exchanges - (parts - 1) * (hits / exchanges) * (1 - hits / exchanges) AS excess
  FROM (
    SELECT
      account_key,
      CAST(count(*) AS DOUBLE) AS parts,
      CAST(sum(exchanges) AS DOUBLE) AS exchanges,
      CAST(sum(hits) AS DOUBLE) AS hits,
      sum(CAST(hits AS DOUBLE) * CAST(hits AS DOUBLE) / CAST(exchanges AS DOUBLE)) AS squares
    FROM {partials}
    GROUP BY account_key
    HAVING count(*) >= 2
  ) AS sums
) AS a ON u.account_key = a.account_key
GROUP BY u.unit_id, u.kind
