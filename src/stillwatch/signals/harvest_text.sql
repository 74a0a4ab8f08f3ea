-- Account partials: by skill and template, how many exchanges, and sums of what their prompts show. Of whole numbers below
-- 2^53 they are exact as doubles, and quicker than as 128-bit integers.
SELECT
  account_key,
  skill,
  skeleton,
  CAST(count(*) AS BIGINT) AS exchanges,
  CAST(sum(CAST(size AS DOUBLE)) AS BIGINT) AS sizes,
  CAST(sum(CAST(size * size AS DOUBLE)) AS BIGINT) AS size_squares,
  CAST(sum(CAST(form AS DOUBLE)) AS BIGINT) AS forms,
  CAST(sum(CAST(form * form AS DOUBLE)) AS BIGINT) AS form_squares,
  CAST(sum(CAST(brief AS DOUBLE)) AS BIGINT) AS brief,
  CAST(sum(CAST(closed AS DOUBLE)) AS BIGINT) AS closed,
  CAST(sum(CAST(elicits AS DOUBLE)) AS BIGINT) AS elicits
FROM (
{scored}
) AS scored
GROUP BY account_key, skill, skeleton
