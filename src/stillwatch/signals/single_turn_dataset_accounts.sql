-- Account partials: the sums of `single_turn_dataset`. Sessions are grouped once and never joined back: where one has a
-- single exchange, its group is that exchange; where it has more, none of them stands alone.
WITH
usable AS (
  SELECT
    account_key, session_id, prompt_hash, turns, max_tokens, dataset_shape,
    hour - hour % 24 AS day_start,
    coalesce(parameters, 0) AS parameters
  FROM {exchanges}
  WHERE turns IS NOT NULL AND prompt_hash IS NOT NULL
),
parameter_places AS (
{parameters}
),
totals AS (
  SELECT account_key, CAST(1000 * sum(uses) AS BIGINT) AS trials
  FROM parameter_places
  GROUP BY account_key
),
alone AS (
  SELECT account_key, day_start, parameters, prompt_hash, turns, max_tokens, dataset_shape
  FROM usable
  WHERE session_id IS NULL
  UNION ALL
  SELECT
    account_key, day_start, min(parameters) AS parameters, min(prompt_hash) AS prompt_hash, min(turns) AS turns,
    min(max_tokens) AS max_tokens, min(dataset_shape) AS dataset_shape
  FROM usable
  WHERE session_id IS NOT NULL
  GROUP BY account_key, day_start, session_id
  HAVING count(*) = 1
),
scored AS (
  SELECT
    u.account_key AS account_key,
    CAST(
      sum(
        floor(
          (
            400
            + CASE WHEN u.max_tokens >= 2048 THEN 300 ELSE 0 END
            + floor(CAST(coalesce(u.dataset_shape, 0) AS DOUBLE) * 0.3)
          )
          / CAST(coalesce(r.askings, 1) AS DOUBLE)
        )
      ) AS BIGINT
    ) AS hits
  FROM alone AS u
  JOIN parameter_places AS p
    ON u.account_key = p.account_key AND u.day_start = p.day_start AND u.parameters = p.parameters
  LEFT JOIN signal_repeats AS r ON u.prompt_hash = r.prompt_hash
  WHERE u.turns <= 1 AND p.place = 1
  GROUP BY u.account_key
)
SELECT t.account_key AS account_key, t.trials AS trials, coalesce(s.hits, 0) AS hits
FROM totals AS t
LEFT JOIN scored AS s ON t.account_key = s.account_key
