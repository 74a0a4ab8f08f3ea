-- Per exchange: the highest of the three scores of asking, shared among all askings of the same prompt in this log.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1000 AS BIGINT) AS trials,
  CAST(floor(CAST(e.score AS DOUBLE) / CAST(coalesce(r.askings, 1) AS DOUBLE)) AS BIGINT) AS hits
FROM (
  SELECT
    account_key, exchange_key, exchange_id, ts_us, prompt_hash,
    CASE
      WHEN asks_reasoning >= asks_grading AND asks_reasoning >= asks_generation THEN asks_reasoning
      WHEN asks_grading >= asks_generation THEN asks_grading
      ELSE asks_generation
    END AS score
  FROM {exchanges}
  WHERE asks_reasoning IS NOT NULL AND asks_grading IS NOT NULL AND asks_generation IS NOT NULL
) AS e
LEFT JOIN signal_repeats AS r ON e.prompt_hash = r.prompt_hash
