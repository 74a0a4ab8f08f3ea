-- Account partials: exchanges by template (the skeleton, or the opening words where a prompt has no skeleton) and prompt.
SELECT
  account_key,
  coalesce(skeleton, opening) AS template,
  prompt_hash,
  CAST(count(*) AS BIGINT) AS exchanges
FROM {exchanges}
WHERE prompt_hash IS NOT NULL
GROUP BY account_key, coalesce(skeleton, opening), prompt_hash
