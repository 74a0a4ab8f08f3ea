-- Per exchange what it asks for, in thousandths, shared among all askings of the same prompt in this log by anybody and
-- rounded down: what is asked a hundred times counts once. strongest: the highest of the three scores where any is known,
-- 1000 in a sweep of token biases, which repeats one prompt by its nature; highest: that of three known ones. <score>_once
-- is what it would be if nobody asked again.
SELECT
  account_key, exchange_key, exchange_id, ts_us, askings, reasoning_once, grading_once, generation_once,
  CASE WHEN swept = 1 THEN 1000 ELSE known END AS strongest_once,
  CASE WHEN complete = 1 THEN known END AS highest_once,
  CAST(floor(CAST(reasoning_once AS DOUBLE) / askings) AS INT) AS reasoning,
  CAST(floor(CAST(grading_once AS DOUBLE) / askings) AS INT) AS grading,
  CAST(floor(CAST(generation_once AS DOUBLE) / askings) AS INT) AS generation,
  CASE WHEN swept = 1 THEN 1000 ELSE CAST(floor(CAST(known AS DOUBLE) / askings) AS INT) END AS strongest,
  CASE WHEN complete = 1 THEN CAST(floor(CAST(known AS DOUBLE) / askings) AS INT) END AS highest
FROM (
  SELECT
    e.account_key AS account_key,
    e.exchange_key AS exchange_key,
    e.exchange_id AS exchange_id,
    e.ts_us AS ts_us,
    e.asks_reasoning AS reasoning_once,
    e.asks_grading AS grading_once,
    e.asks_generation AS generation_once,
    CASE
      WHEN coalesce(e.asks_reasoning, 0) >= coalesce(e.asks_grading, 0)
        AND coalesce(e.asks_reasoning, 0) >= coalesce(e.asks_generation, 0)
        THEN coalesce(e.asks_reasoning, 0)
      WHEN coalesce(e.asks_grading, 0) >= coalesce(e.asks_generation, 0) THEN coalesce(e.asks_grading, 0)
      ELSE coalesce(e.asks_generation, 0)
    END AS known,
    CASE
      WHEN e.asks_reasoning IS NOT NULL AND e.asks_grading IS NOT NULL AND e.asks_generation IS NOT NULL THEN 1
      ELSE 0
    END AS complete,
    CAST(coalesce(r.askings, 1) AS DOUBLE) AS askings,
    CASE WHEN e.logit_bias_size > 0 AND w.prompt_hash IS NOT NULL THEN 1 ELSE 0 END AS swept
  FROM {exchanges} AS e
  LEFT JOIN signal_repeats AS r ON e.prompt_hash = r.prompt_hash
  LEFT JOIN signal_sweeps AS w
    ON e.account_key = w.account_key AND e.hour - e.hour % 24 = w.day_start AND e.prompt_hash = w.prompt_hash
  WHERE e.asks_reasoning IS NOT NULL OR e.asks_grading IS NOT NULL OR e.asks_generation IS NOT NULL
) AS scores
