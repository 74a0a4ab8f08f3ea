-- Per exchange with a prompt: how much it is shaped like one row of a data set, in thousandths, if nobody asks it again.
-- A first turn has 400, + 300 for room for a long answer, + up to 300 for slots, schemas and numbering in the prompt.
SELECT
  account_key, exchange_key, exchange_id, ts_us, session_id, prompt_hash,
  hour - hour % 24 AS day_start,
  coalesce(parameters, 0) AS parameters,
  CAST(
    CASE
      WHEN turns <= 1
        THEN
          400
          + CASE WHEN max_tokens >= 2048 THEN 300 ELSE 0 END
          + floor(CAST(coalesce(dataset_shape, 0) AS DOUBLE) * 0.3)
      ELSE 0
    END
    AS BIGINT
  ) AS score
FROM {exchanges}
WHERE turns IS NOT NULL AND prompt_hash IS NOT NULL
