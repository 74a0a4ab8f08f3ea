-- Per exchange: whether it asks for reasoning, grading or data, and the part of its account that sent it: end user,
-- else key.
SELECT
  account_key,
  exchange_key,
  exchange_id,
  ts_us,
  coalesce(end_user_id, key_id, '') AS part,
  CAST(1 AS BIGINT) AS trials,
  CAST(CASE WHEN asks_reasoning >= 500 OR asks_grading >= 500 OR asks_generation >= 500 THEN 1 ELSE 0 END AS BIGINT)
    AS hits
FROM {exchanges}
WHERE asks_reasoning IS NOT NULL AND asks_grading IS NOT NULL AND asks_generation IS NOT NULL
