-- What sums of single days lack in `single_turn_dataset`, for prompts that are asked more than once in this log: the
-- difference in all first turns, less that in those that do not stand alone and never counted.
SELECT
  account_key,
  CAST(0 AS BIGINT) AS trials,
  CAST(sum(part * (floor(CAST(score AS DOUBLE) / CAST(askings AS DOUBLE)) - score)) AS BIGINT) AS hits
FROM (
  SELECT s.account_key AS account_key, s.score AS score, r.askings AS askings, 1 AS part
  FROM (
{scores}
  ) AS s
  JOIN signal_repeats AS r ON s.prompt_hash = r.prompt_hash
  WHERE s.score > 0
  UNION ALL
  SELECT a.account_key AS account_key, a.score AS score, r.askings AS askings, -1 AS part
  FROM signal_accompanied AS a
  JOIN signal_repeats AS r ON a.prompt_hash = r.prompt_hash
) AS again
GROUP BY account_key
