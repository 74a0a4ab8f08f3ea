-- Per exchange what it asks for, in thousandths, shared among all askings of the same prompt in this log by anybody and
-- rounded down: what is asked a hundred times counts once. strongest: the highest of the three scores where any is known,
-- 1000 in a sweep of token biases, which repeats one prompt by its nature; highest: that of three known ones.
SELECT
  account_key, exchange_key, exchange_id, ts_us, reasoning, grading, generation,
  CASE WHEN swept = 1 THEN 1000 ELSE known END AS strongest,
  CASE WHEN reasoning IS NOT NULL AND grading IS NOT NULL AND generation IS NOT NULL THEN known END AS highest
FROM (
  SELECT
    account_key, exchange_key, exchange_id, ts_us, reasoning, grading, generation, swept,
    CASE
      WHEN coalesce(reasoning, 0) >= coalesce(grading, 0) AND coalesce(reasoning, 0) >= coalesce(generation, 0)
        THEN coalesce(reasoning, 0)
      WHEN coalesce(grading, 0) >= coalesce(generation, 0) THEN coalesce(grading, 0)
      ELSE coalesce(generation, 0)
    END AS known
  FROM (
    SELECT
      e.account_key AS account_key,
      e.exchange_key AS exchange_key,
      e.exchange_id AS exchange_id,
      e.ts_us AS ts_us,
      CAST(floor(CAST(e.asks_reasoning AS DOUBLE) / CAST(coalesce(r.askings, 1) AS DOUBLE)) AS INT) AS reasoning,
      CAST(floor(CAST(e.asks_grading AS DOUBLE) / CAST(coalesce(r.askings, 1) AS DOUBLE)) AS INT) AS grading,
      CAST(floor(CAST(e.asks_generation AS DOUBLE) / CAST(coalesce(r.askings, 1) AS DOUBLE)) AS INT) AS generation,
      CASE WHEN e.logit_bias_size > 0 AND w.prompt_hash IS NOT NULL THEN 1 ELSE 0 END AS swept
    FROM {exchanges} AS e
    LEFT JOIN signal_repeats AS r ON e.prompt_hash = r.prompt_hash
    LEFT JOIN signal_sweeps AS w
      ON e.account_key = w.account_key AND e.hour - e.hour % 24 = w.day_start AND e.prompt_hash = w.prompt_hash
    WHERE e.asks_reasoning IS NOT NULL OR e.asks_grading IS NOT NULL OR e.asks_generation IS NOT NULL
  ) AS shares
) AS answers
