-- Per exchange: what the answer was worth beyond what the question cost, 0 where the question cost more. A token that
-- came with k alternatives is worth 1 + k: each is a number that a student learns from. Token counts are held between 0
-- and a million and alternatives between 0 and 20, so that broken rows cannot overflow a sum.
WITH
tokens AS (
  SELECT
    account_key, exchange_key, exchange_id, ts_us, hour,
    coalesce(model, '') AS model,
    CAST(CASE WHEN input_tokens < 0 THEN 0 WHEN input_tokens > 1000000 THEN 1000000 ELSE input_tokens END AS BIGINT)
      AS asked,
    CAST(CASE WHEN output_tokens < 0 THEN 0 WHEN output_tokens > 1000000 THEN 1000000 ELSE output_tokens END AS BIGINT)
      AS answered,
    CAST(CASE WHEN top_logprobs > 20 THEN 20 WHEN top_logprobs > 0 THEN top_logprobs ELSE 0 END AS BIGINT) AS more
  FROM {exchanges}
  WHERE input_tokens IS NOT NULL AND output_tokens IS NOT NULL
)
SELECT
  t.account_key AS account_key,
  t.exchange_key AS exchange_key,
  t.exchange_id AS exchange_id,
  t.ts_us AS ts_us,
  t.hour - t.hour % 24 AS day_start,
  CAST(1 AS BIGINT) AS trials,
  CAST(
    CASE
      WHEN t.answered * (1 + t.more) * p.output_price > t.asked * p.input_price
        THEN t.answered * (1 + t.more) * p.output_price - t.asked * p.input_price
      ELSE 0
    END
    AS BIGINT
  ) AS hits
FROM tokens AS t
JOIN signal_prices AS p ON t.model = p.model
