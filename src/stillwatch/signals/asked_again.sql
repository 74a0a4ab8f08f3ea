-- What sums of single days lack in `asked`: by account, what prompts that are asked more than once in this log count less.
SELECT
  account_key,
  CAST(0 AS BIGINT) AS reasoning_trials,
  CAST(coalesce(sum(reasoning - reasoning_once), 0) AS BIGINT) AS reasoning_hits,
  CAST(0 AS BIGINT) AS grading_trials,
  CAST(coalesce(sum(grading - grading_once), 0) AS BIGINT) AS grading_hits,
  CAST(0 AS BIGINT) AS generation_trials,
  CAST(coalesce(sum(generation - generation_once), 0) AS BIGINT) AS generation_hits,
  CAST(0 AS BIGINT) AS strongest_trials,
  CAST(sum(strongest - strongest_once) AS BIGINT) AS strongest_hits,
  CAST(0 AS BIGINT) AS highest_trials,
  CAST(coalesce(sum(highest - highest_once), 0) AS BIGINT) AS highest_hits
FROM (
{scored}
) AS asked
WHERE askings > 1
GROUP BY account_key
