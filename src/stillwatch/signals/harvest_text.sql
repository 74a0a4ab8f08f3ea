-- Account partials: by skill and template, how many exchanges, and exact sums of what their prompts show.
SELECT
  account_key,
  skill,
  skeleton,
  CAST(count(*) AS BIGINT) AS exchanges,
  CAST(sum(size) AS BIGINT) AS sizes,
  CAST(sum(size * size) AS BIGINT) AS size_squares,
  CAST(sum(form) AS BIGINT) AS forms,
  CAST(sum(form * form) AS BIGINT) AS form_squares,
  CAST(sum(brief) AS BIGINT) AS brief,
  CAST(sum(closed) AS BIGINT) AS closed,
  CAST(sum(elicits) AS BIGINT) AS elicits
FROM (
{scored}
) AS scored
GROUP BY account_key, skill, skeleton
