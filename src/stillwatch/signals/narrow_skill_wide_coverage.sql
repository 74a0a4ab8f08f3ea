-- Account partials: exchanges by skill and topic cell.
SELECT
  account_key,
  skill,
  topic,
  CAST(count(*) AS BIGINT) AS exchanges
FROM {exchanges}
WHERE skill IS NOT NULL AND topic IS NOT NULL
GROUP BY account_key, skill, topic
