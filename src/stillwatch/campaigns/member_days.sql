-- The days of all members: the log's are looked through once.
SELECT m.group_id AS group_id, d.day_start AS day_start, d.model AS model, d.exchanges AS exchanges,
       d.first_us AS first_us, d.last_us AS last_us, d.prompts AS prompts, d.with_end_user AS with_end_user,
       d.input_tokens AS input_tokens, d.output_tokens AS output_tokens, d.paid_tokens AS paid_tokens,
       d.token_rows AS token_rows
FROM campaign_members AS m
JOIN account_days AS d ON d.account_key = m.account_key
