-- Prompts asked more than once in this log, by anybody.
SELECT prompt_hash, askings FROM repeated_prompts
