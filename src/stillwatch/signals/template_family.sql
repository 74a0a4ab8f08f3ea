-- Account partials: exchanges with a prompt. Who uses which template stands in shared_template.
SELECT account_key, CAST(count(*) AS BIGINT) AS exchanges
FROM {exchanges}
WHERE prompt_hash IS NOT NULL
GROUP BY account_key
