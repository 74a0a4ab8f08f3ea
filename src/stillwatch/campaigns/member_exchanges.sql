-- The exchanges of all members, with the columns that facts are counted from: the log is looked through once.
SELECT m.group_id AS group_id, e.account_key AS account_key, e.ts_us AS ts_us, e.model AS model, e.skill AS skill,
       e.input_tokens AS input_tokens, e.output_tokens AS output_tokens, e.reasoning_tokens AS reasoning_tokens,
       e.end_user_id AS end_user_id, e.prompt_hash AS prompt_hash, e.system_hash AS system_hash,
       e.ip_network AS ip_network
FROM campaign_members AS m
JOIN exchanges AS e ON e.account_key = m.account_key
