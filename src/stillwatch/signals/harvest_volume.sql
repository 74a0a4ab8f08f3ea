-- Per exchange: the largest of its three per-mille scores of asking, shared among all askings of the same prompt; 1000
-- where token biases are sent, which are repeated on one prompt by their nature.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1000 AS BIGINT) AS trials,
  CAST(
    CASE
      WHEN e.logit_bias_size > 0 THEN 1000
      ELSE floor(
        CAST(
          CASE
            WHEN coalesce(e.asks_reasoning, 0) >= coalesce(e.asks_grading, 0)
              AND coalesce(e.asks_reasoning, 0) >= coalesce(e.asks_generation, 0) THEN coalesce(e.asks_reasoning, 0)
            WHEN coalesce(e.asks_grading, 0) >= coalesce(e.asks_generation, 0) THEN coalesce(e.asks_grading, 0)
            ELSE coalesce(e.asks_generation, 0)
          END
          AS DOUBLE
        ) / CAST(coalesce(r.askings, 1) AS DOUBLE)
      )
    END
    AS BIGINT
  ) AS hits
FROM {exchanges} AS e
LEFT JOIN signal_repeats AS r ON e.prompt_hash = r.prompt_hash
WHERE e.asks_reasoning IS NOT NULL OR e.asks_grading IS NOT NULL OR e.asks_generation IS NOT NULL
