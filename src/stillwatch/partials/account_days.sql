-- Activity by account, day, the organisation that the log names and model; additive over days. `paid_tokens` are the
-- output tokens of those exchanges whose input tokens are known, so that both can be priced.
SELECT
  account_key,
  hour - hour % 24 AS day_start,
  org_id,
  model,
  min(account_id) AS account_id,
  min(country) AS country,
  CAST(count(*) AS BIGINT) AS exchanges,
  min(ts_us) AS first_us,
  max(ts_us) AS last_us,
  CAST(count(coalesce(body_hash, system_hash, skeleton, band_0)) AS BIGINT) AS tasks,
  max(CASE WHEN channel LIKE 'reseller:%' THEN 1 ELSE 0 END) AS resells,
  CAST(
    sum(CASE WHEN asks_reasoning >= 500 OR asks_grading >= 500 OR asks_generation >= 500 THEN 1 ELSE 0 END) AS BIGINT
  ) AS asking,
  CAST(count(prompt_hash) AS BIGINT) AS prompts,
  CAST(count(end_user_id) AS BIGINT) AS with_end_user,
  CAST(sum(input_tokens) AS BIGINT) AS input_tokens,
  CAST(sum(coalesce(output_tokens, 0) + coalesce(reasoning_tokens, 0)) AS BIGINT) AS output_tokens,
  CAST(sum(CASE WHEN input_tokens IS NOT NULL THEN coalesce(output_tokens, 0) ELSE 0 END) AS BIGINT) AS paid_tokens,
  CAST(count(coalesce(input_tokens, output_tokens)) AS BIGINT) AS token_rows
FROM exchanges
GROUP BY account_key, hour - hour % 24, org_id, model
