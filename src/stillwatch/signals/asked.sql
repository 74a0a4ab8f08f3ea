-- Account partials: what an account's exchanges ask for, in thousandths, each shared among all askings of the same prompt
-- in this log by anybody and rounded down: what is asked a hundred times counts once. Trials are 1000 an exchange that
-- has the score. strongest: the highest of the three where any is known, 1000 in a sweep of token biases, which repeats
-- one prompt by its nature; highest: the highest of the three where all are known.
SELECT
  account_key,
  1000 * CAST(count(reasoning) AS BIGINT) AS reasoning_trials,
  CAST(coalesce(sum(reasoning), 0) AS BIGINT) AS reasoning_hits,
  1000 * CAST(count(grading) AS BIGINT) AS grading_trials,
  CAST(coalesce(sum(grading), 0) AS BIGINT) AS grading_hits,
  1000 * CAST(count(generation) AS BIGINT) AS generation_trials,
  CAST(coalesce(sum(generation), 0) AS BIGINT) AS generation_hits,
  1000 * CAST(count(*) AS BIGINT) AS strongest_trials,
  CAST(sum(strongest) AS BIGINT) AS strongest_hits,
  1000 * CAST(count(highest) AS BIGINT) AS highest_trials,
  CAST(coalesce(sum(highest), 0) AS BIGINT) AS highest_hits
FROM (
  SELECT
    account_key, reasoning, grading, generation,
    CASE WHEN swept = 1 THEN 1000 ELSE known END AS strongest,
    CASE WHEN reasoning IS NOT NULL AND grading IS NOT NULL AND generation IS NOT NULL THEN known END AS highest
  FROM (
    SELECT
      account_key, reasoning, grading, generation, swept,
      CASE
        WHEN coalesce(reasoning, 0) >= coalesce(grading, 0) AND coalesce(reasoning, 0) >= coalesce(generation, 0)
          THEN coalesce(reasoning, 0)
        WHEN coalesce(grading, 0) >= coalesce(generation, 0) THEN coalesce(grading, 0)
        ELSE coalesce(generation, 0)
      END AS known
    FROM (
      SELECT
        e.account_key AS account_key,
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
) AS asked
GROUP BY account_key
