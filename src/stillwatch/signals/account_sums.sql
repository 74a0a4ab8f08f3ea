-- Account partials of a signal that counts hits among trials exchange by exchange.
SELECT
  account_key,
  CAST(sum(trials) AS BIGINT) AS trials,
  CAST(sum(hits) AS BIGINT) AS hits
FROM (
{scored}
) AS scored
GROUP BY account_key
