-- What each group did, in one row: sizes, span, and the shares that tell innocent explanations apart. Needs
-- `member_exchanges` and the view models.
SELECT e.group_id AS group_id,
       CAST(count(*) AS BIGINT) AS exchanges,
       CAST(min(e.ts_us) AS BIGINT) AS first_us,
       CAST(max(e.ts_us) AS BIGINT) AS last_us,
       CAST(sum(coalesce(e.input_tokens, 0)) AS BIGINT) AS input_tokens,
       CAST(sum(coalesce(e.output_tokens, 0) + coalesce(e.reasoning_tokens, 0)) AS BIGINT) AS output_tokens,
       CAST(count(coalesce(e.input_tokens, e.output_tokens)) AS BIGINT) AS token_rows,
       sum(e.input_tokens * p.input_price + coalesce(e.output_tokens, 0) * p.output_price) / 1000000 AS dollars,
       CAST(count(p.input_price) AS BIGINT) AS priced,
       CAST(count(e.end_user_id) AS BIGINT) AS with_end_user
FROM member_exchanges AS e
LEFT JOIN models AS p ON p.model = e.model
GROUP BY e.group_id
ORDER BY group_id
