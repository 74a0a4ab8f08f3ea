-- What each group did, in one row: sizes, span, and the shares that tell innocent explanations apart. Needs
-- `member_days` and the view models.
SELECT d.group_id AS group_id,
       CAST(sum(d.exchanges) AS BIGINT) AS exchanges,
       CAST(min(d.first_us) AS BIGINT) AS first_us,
       CAST(max(d.last_us) AS BIGINT) AS last_us,
       CAST(sum(coalesce(d.input_tokens, 0)) AS BIGINT) AS input_tokens,
       CAST(sum(d.output_tokens) AS BIGINT) AS output_tokens,
       CAST(sum(d.token_rows) AS BIGINT) AS token_rows,
       sum(d.input_tokens * p.input_price + d.paid_tokens * p.output_price) / 1000000 AS dollars,
       CAST(sum(CASE WHEN p.input_price IS NOT NULL THEN d.exchanges ELSE 0 END) AS BIGINT) AS priced,
       CAST(sum(d.with_end_user) AS BIGINT) AS with_end_user,
       CAST(sum(d.prompts) AS BIGINT) AS prompts
FROM member_days AS d
LEFT JOIN models AS p ON p.model = d.model
GROUP BY d.group_id
ORDER BY group_id
