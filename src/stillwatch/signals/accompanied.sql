-- First turns that do not stand alone, by `single_turn_exchanges`: few, so they are kept where all that do would be dear.
SELECT account_key, day_start, prompt_hash, score
FROM (
{scored}
) AS turns
WHERE alone = 0 AND score > 0
