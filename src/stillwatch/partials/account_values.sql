-- What an account is seen with: exchanges by account and value of seven columns, by the place of the column. Only networks
-- (5) may be NULL: an address that the log does not tell counts against the commonest one.
SELECT 0 AS place, account_key, stack AS value, CAST(count(*) AS BIGINT) AS exchanges
FROM exchanges WHERE stack IS NOT NULL GROUP BY account_key, stack
UNION ALL
SELECT 1 AS place, account_key, parameters AS value, CAST(count(*) AS BIGINT) AS exchanges
FROM exchanges WHERE parameters IS NOT NULL GROUP BY account_key, parameters
UNION ALL
SELECT 2 AS place, account_key, tools_hash AS value, CAST(count(*) AS BIGINT) AS exchanges
FROM exchanges WHERE tools_hash IS NOT NULL GROUP BY account_key, tools_hash
UNION ALL
SELECT 3 AS place, account_key, system_hash AS value, CAST(count(*) AS BIGINT) AS exchanges
FROM exchanges WHERE system_hash IS NOT NULL GROUP BY account_key, system_hash
UNION ALL
SELECT 4 AS place, account_key, skeleton AS value, CAST(count(*) AS BIGINT) AS exchanges
FROM exchanges WHERE skeleton IS NOT NULL GROUP BY account_key, skeleton
UNION ALL
SELECT 5 AS place, account_key, ip_network AS value, CAST(count(*) AS BIGINT) AS exchanges
FROM exchanges GROUP BY account_key, ip_network
UNION ALL
SELECT 6 AS place, account_key, logit_bias_hash AS value, CAST(count(*) AS BIGINT) AS exchanges
FROM exchanges WHERE logit_bias_hash IS NOT NULL GROUP BY account_key, logit_bias_hash
