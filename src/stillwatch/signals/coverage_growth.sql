-- Account partials: exchanges by topic cell.
SELECT account_key, topic, CAST(count(*) AS BIGINT) AS exchanges
FROM {exchanges}
WHERE topic IS NOT NULL
GROUP BY account_key, topic
