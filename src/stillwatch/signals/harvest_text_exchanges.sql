-- Per exchange: what the shape and wording of its prompt say. width: characters, those of Chinese, Japanese and Korean
-- three times, for each is about half a word. brief: per mille of 80 that the width falls short of 80. elicits: per
-- mille, asks for reasoning or for data to train on. closed: per mille, wants an option, a label or a digest, or carries
-- more than 1,200 characters, and elicits nothing. hits: what shows an example best.
SELECT
  account_key, exchange_key, exchange_id, ts_us, skill, skeleton, form,
  CAST(1000 AS BIGINT) AS trials,
  CAST(CASE WHEN width < 80 THEN 0 ELSE floor((1000 - closed + elicits) / 2) END AS BIGINT) AS hits,
  CAST(floor(100 * ln(1 + width)) AS BIGINT) AS size,
  CAST(CASE WHEN width < 80 THEN floor((80 - width) * 12.5) ELSE 0 END AS BIGINT) AS brief,
  CAST(closed AS BIGINT) AS closed,
  CAST(elicits AS BIGINT) AS elicits
FROM (
  SELECT
    account_key, exchange_key, exchange_id, ts_us, skill, skeleton, form, width, elicits,
    floor(CAST(CASE WHEN width > 1200 OR skill = 'extraction' THEN 1000 ELSE choice END * (1000 - elicits) AS DOUBLE) / 1000) AS closed
  FROM (
    SELECT
      account_key, exchange_key, exchange_id, ts_us, skill, skeleton,
      CAST(dataset_shape AS BIGINT) AS form,
      CAST(asks_choice AS BIGINT) AS choice,
      CAST(prompt_chars AS BIGINT) * CASE WHEN language IN ('zh', 'ja', 'ko') THEN 3 ELSE 1 END AS width,
      CAST(CASE WHEN asks_generation > asks_reasoning THEN asks_generation ELSE asks_reasoning END AS BIGINT) AS elicits
    FROM {exchanges}
    WHERE
      prompt_chars > 0 AND skill IS NOT NULL AND dataset_shape IS NOT NULL AND asks_choice IS NOT NULL
      AND asks_generation IS NOT NULL AND asks_reasoning IS NOT NULL
  ) AS known
) AS wanted
