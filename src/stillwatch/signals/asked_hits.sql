-- Per exchange that has it: one of the scores of `asked_exchanges`, against 1000 that it could have been.
SELECT
  account_key, exchange_key, exchange_id, ts_us,
  CAST(1000 AS BIGINT) AS trials,
  CAST({counted} AS BIGINT) AS hits
FROM (
{scored}
) AS asked
WHERE {counted} IS NOT NULL
