-- Flagged accounts of a unit beyond what their plans make likely, in standard deviations (one more, so that few accounts
-- weigh little). An account is flagged when it is among the highest twentieth of its plan; those that tie are flagged
-- together, and the plan's own share of flags is what is expected. Accounts of fewer than ten exchanges do not count.
WITH plans AS (
  SELECT account_key, coalesce(max(plan), '') AS plan FROM accounts GROUP BY account_key
),
rates AS (
  SELECT
    s.account_key AS account_key, s.trials AS trials, coalesce(p.plan, '') AS plan,
    CAST(s.hits AS DOUBLE) / CAST(s.trials AS DOUBLE) AS rate
  FROM {partials} AS s
  LEFT JOIN plans AS p ON s.account_key = p.account_key
  WHERE s.trials >= 10000
),
placed AS (
  SELECT
    account_key, trials, plan, rate,
    rank() OVER (PARTITION BY plan ORDER BY rate DESC) AS place,
    CAST(count(*) OVER (PARTITION BY plan) AS BIGINT) AS size
  FROM rates
),
flags AS (
  SELECT account_key, trials, plan, CASE WHEN rate > 0 AND 20 * place <= size THEN 1.0 ELSE 0.0 END AS flag
  FROM placed
),
shares AS (
  SELECT plan, avg(flag) AS share FROM flags GROUP BY plan
)
SELECT
  u.unit_id AS unit_id,
  u.kind AS kind,
  CAST(count(*) AS BIGINT) AS accounts,
  CAST(sum(f.trials) AS BIGINT) AS trials,
  (sum(f.flag) - sum(s.share)) / sqrt(sum(s.share) + 1) AS value
FROM {units} AS u
JOIN flags AS f ON u.account_key = f.account_key
JOIN shares AS s ON f.plan = s.plan
GROUP BY u.unit_id, u.kind
