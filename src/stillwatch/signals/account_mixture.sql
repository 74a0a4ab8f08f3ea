-- Account partials: exchanges of each part (end user, else key), and those that ask for reasoning,
-- grading or data.
SELECT
  account_key,
  coalesce(end_user_id, key_id, '') AS part,
  CAST(count(*) AS BIGINT) AS exchanges,
  CAST(sum(CASE WHEN asks_reasoning >= 500 OR asks_grading >= 500 OR asks_generation >= 500 THEN 1 ELSE 0 END) AS BIGINT)
    AS hits
FROM {exchanges}
WHERE asks_reasoning IS NOT NULL AND asks_grading IS NOT NULL AND asks_generation IS NOT NULL
GROUP BY account_key, coalesce(end_user_id, key_id, '')
