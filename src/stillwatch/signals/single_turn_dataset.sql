-- Per exchange: 1000 at most for a request shaped like one row of a data set. It must stand alone (first turn, no
-- follow-up in its session that day) and carry the account's commonest parameters of that day; then 400, + 300 for room
-- for a long answer, + up to 300 for slots, schemas and numbering in the prompt; all shared among all askings of the
-- same prompt in this log by anybody.
WITH
usable AS (
  SELECT
    account_key, exchange_key, exchange_id, ts_us, session_id, prompt_hash, turns, max_tokens, dataset_shape,
    hour - hour % 24 AS day_start,
    coalesce(parameters, 0) AS parameters
  FROM {exchanges}
  WHERE turns IS NOT NULL AND prompt_hash IS NOT NULL
),
parameter_places AS (
{parameters}
),
followed AS (
  SELECT account_key, day_start, session_id, CAST(count(*) AS BIGINT) AS exchanges
  FROM usable
  WHERE session_id IS NOT NULL
  GROUP BY account_key, day_start, session_id
  HAVING count(*) > 1
)
SELECT
  u.account_key AS account_key,
  u.exchange_key AS exchange_key,
  u.exchange_id AS exchange_id,
  u.ts_us AS ts_us,
  CAST(1000 AS BIGINT) AS trials,
  CAST(
    CASE
      WHEN u.turns <= 1 AND f.session_id IS NULL AND p.place = 1
        THEN floor(
          (
            400
            + CASE WHEN u.max_tokens >= 2048 THEN 300 ELSE 0 END
            + floor(CAST(coalesce(u.dataset_shape, 0) AS DOUBLE) * 0.3)
          )
          / CAST(coalesce(r.askings, 1) AS DOUBLE)
        )
      ELSE 0
    END
    AS BIGINT
  ) AS hits
FROM usable AS u
JOIN parameter_places AS p
  ON u.account_key = p.account_key AND u.day_start = p.day_start AND u.parameters = p.parameters
LEFT JOIN signal_repeats AS r
  ON u.prompt_hash = r.prompt_hash
LEFT JOIN followed AS f
  ON u.account_key = f.account_key AND u.day_start = f.day_start AND u.session_id = f.session_id
