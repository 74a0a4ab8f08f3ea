-- Account partials: hits is what the answers were worth beyond what the questions cost; trials is the mean of that
-- among the accounts of the same plan active on the same days. Worth is tokens times the price in 1/1000 dollar.
WITH
gains AS (
  SELECT scored.account_key, scored.day_start, CAST(sum(scored.hits) AS BIGINT) AS gain
  FROM (
{scored}
  ) AS scored
  GROUP BY scored.account_key, scored.day_start
),
plans AS (
  SELECT account_key, coalesce(max(plan), '') AS plan
  FROM accounts
  GROUP BY account_key
),
placed AS (
  SELECT g.account_key, g.day_start, g.gain, coalesce(p.plan, '') AS plan
  FROM gains AS g
  LEFT JOIN plans AS p ON g.account_key = p.account_key
),
peers AS (
  SELECT
    plan, day_start,
    CAST(floor(CAST(sum(gain) AS DOUBLE) / CAST(count(*) AS DOUBLE)) AS BIGINT) AS ordinary
  FROM placed
  GROUP BY plan, day_start
)
SELECT
  a.account_key AS account_key,
  CAST(sum(p.ordinary) AS BIGINT) AS trials,
  CAST(sum(a.gain) AS BIGINT) AS hits
FROM placed AS a
JOIN peers AS p ON a.plan = p.plan AND a.day_start = p.day_start
GROUP BY a.account_key
