-- Account partials: exchanges and answers by near-duplicate and day; NULL stands for all that are asked less often.
SELECT
  account_key, band, day,
  CAST(count(*) AS BIGINT) AS exchanges,
  CAST(sum(answers) AS BIGINT) AS answers
FROM (
{scored}
) AS scored
GROUP BY account_key, band, day
