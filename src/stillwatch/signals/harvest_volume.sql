-- Per exchange: the largest of its three per-mille scores of asking, shared among all askings of the same prompt in
-- this log by anybody; 1000 in a sweep of token biases, which repeats one prompt by its nature.
WITH asked AS (
  SELECT
    account_key, exchange_key, exchange_id, ts_us, prompt_hash, logit_bias_size,
    hour - hour % 24 AS day_start,
    coalesce(asks_reasoning, 0) AS reasoning,
    coalesce(asks_grading, 0) AS grading,
    coalesce(asks_generation, 0) AS generation
  FROM {exchanges}
  WHERE asks_reasoning IS NOT NULL OR asks_grading IS NOT NULL OR asks_generation IS NOT NULL
),
scored AS (
  SELECT
    account_key, exchange_key, exchange_id, ts_us, prompt_hash, logit_bias_size, day_start,
    CASE
      WHEN reasoning >= grading AND reasoning >= generation THEN reasoning
      WHEN grading >= generation THEN grading
      ELSE generation
    END AS score
  FROM asked
)
SELECT
  s.account_key AS account_key,
  s.exchange_key AS exchange_key,
  s.exchange_id AS exchange_id,
  s.ts_us AS ts_us,
  CAST(1000 AS BIGINT) AS trials,
  CAST(
    CASE
      WHEN s.logit_bias_size > 0 AND w.prompt_hash IS NOT NULL THEN 1000
      ELSE floor(CAST(s.score AS DOUBLE) / CAST(coalesce(r.askings, 1) AS DOUBLE))
    END
    AS BIGINT
  ) AS hits
FROM scored AS s
LEFT JOIN signal_repeats AS r
  ON s.prompt_hash = r.prompt_hash
LEFT JOIN signal_sweeps AS w
  ON s.account_key = w.account_key AND s.day_start = w.day_start AND s.prompt_hash = w.prompt_hash
