SELECT e.account_key AS account_key,
       CAST(count(*) AS BIGINT) AS requests,
       CAST(sum(COALESCE(e.output_tokens, 0)) AS BIGINT) AS output_tokens,
       CAST(sum(CASE WHEN e.asks_reasoning >= 500 THEN 1 ELSE 0 END) AS BIGINT) AS asks_reasoning
FROM exchanges AS e
GROUP BY e.account_key
ORDER BY e.account_key
