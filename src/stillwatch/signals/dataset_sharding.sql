-- Account partials: prompts by topic cell. `novel` counts each prompt 1000 in all, shared among all its askings in this
-- log by anybody; `squares` is what an asking makes with itself, to be taken off when pairs are counted.
SELECT
  account_key,
  topic,
  CAST(count(*) AS BIGINT) AS exchanges,
  CAST(sum(novel) AS BIGINT) AS novel,
  CAST(sum(novel * novel) AS BIGINT) AS squares
FROM (
  SELECT
    e.account_key AS account_key,
    e.topic AS topic,
    CAST(floor(1000.0 / CAST(coalesce(r.askings, 1) AS DOUBLE)) AS BIGINT) AS novel
  FROM {exchanges} AS e
  LEFT JOIN signal_repeats AS r ON e.prompt_hash = r.prompt_hash
  WHERE e.topic IS NOT NULL AND e.prompt_hash IS NOT NULL
) AS askings
GROUP BY account_key, topic
