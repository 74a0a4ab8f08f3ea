-- Account partials: exchanges by toolkit, which is the software stack with the sampling parameters.
SELECT
  account_key,
  stack,
  parameters,
  CAST(count(*) AS BIGINT) AS exchanges
FROM {exchanges}
WHERE stack IS NOT NULL AND parameters IS NOT NULL
GROUP BY account_key, stack, parameters
