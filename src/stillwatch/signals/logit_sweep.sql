-- Per exchange: 1000 where its prompt was sent with at least three different sets of biased tokens that day, 500 for
-- bias and log-probabilities together, 250 for five or more alternatives a token.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1000 AS BIGINT) AS trials,
  CAST(
    CASE
      WHEN e.logit_bias_size > 0 AND s.prompt_hash IS NOT NULL THEN 1000
      WHEN e.logit_bias_size > 0 AND (e.logprobs OR e.top_logprobs > 0) THEN 500
      WHEN e.top_logprobs >= 5 THEN 250
      ELSE 0
    END
    AS BIGINT
  ) AS hits
FROM {exchanges} AS e
LEFT JOIN signal_sweeps AS s
  ON e.account_key = s.account_key AND e.hour - e.hour % 24 = s.day_start AND e.prompt_hash = s.prompt_hash
