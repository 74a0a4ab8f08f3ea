-- How often each account uses each set of sampling parameters on each day, the commonest in place 1.
SELECT
  account_key, day_start, parameters, uses,
  row_number() OVER (PARTITION BY account_key, day_start ORDER BY uses DESC, parameters) AS place
FROM (
  SELECT
    account_key,
    hour - hour % 24 AS day_start,
    coalesce(parameters, 0) AS parameters,
    CAST(count(*) AS BIGINT) AS uses
  FROM {exchanges}
  WHERE turns IS NOT NULL AND prompt_hash IS NOT NULL
  GROUP BY account_key, hour - hour % 24, coalesce(parameters, 0)
) AS parameter_uses
