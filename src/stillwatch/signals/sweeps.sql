-- Prompts that an account sent with at least three different sets of biased tokens in one day: a sweep of tokens.
SELECT account_key, day_start, prompt_hash
FROM (
  SELECT account_key, hour - hour % 24 AS day_start, prompt_hash, logit_bias_hash
  FROM {exchanges}
  WHERE logit_bias_hash IS NOT NULL AND prompt_hash IS NOT NULL
  GROUP BY account_key, hour - hour % 24, prompt_hash, logit_bias_hash
) AS biases
GROUP BY account_key, day_start, prompt_hash
HAVING count(*) >= 3
