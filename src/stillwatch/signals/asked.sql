-- Account partials: the sums of `asked_exchanges`. Trials are 1000 an exchange that has the score.
SELECT
  account_key,
  1000 * CAST(count(reasoning) AS BIGINT) AS reasoning_trials,
  CAST(coalesce(sum(reasoning), 0) AS BIGINT) AS reasoning_hits,
  1000 * CAST(count(grading) AS BIGINT) AS grading_trials,
  CAST(coalesce(sum(grading), 0) AS BIGINT) AS grading_hits,
  1000 * CAST(count(generation) AS BIGINT) AS generation_trials,
  CAST(coalesce(sum(generation), 0) AS BIGINT) AS generation_hits,
  1000 * CAST(count(*) AS BIGINT) AS strongest_trials,
  CAST(sum(strongest) AS BIGINT) AS strongest_hits,
  1000 * CAST(count(highest) AS BIGINT) AS highest_trials,
  CAST(coalesce(sum(highest), 0) AS BIGINT) AS highest_hits
FROM (
{scored}
) AS asked
GROUP BY account_key
