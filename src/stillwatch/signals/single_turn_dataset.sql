-- Per exchange: its score of `single_turn_exchanges` if it stands alone, shared among all askings of the same prompt in
-- this log by anybody and rounded down; against 1000 that it could have been.
SELECT
  u.account_key AS account_key,
  u.exchange_key AS exchange_key,
  u.exchange_id AS exchange_id,
  u.ts_us AS ts_us,
  CAST(1000 AS BIGINT) AS trials,
  CAST(
    CASE
      WHEN u.alone = 1 THEN floor(CAST(u.score AS DOUBLE) / CAST(coalesce(r.askings, 1) AS DOUBLE)) ELSE 0
    END
    AS BIGINT
  ) AS hits
FROM (
{scored}
) AS u
LEFT JOIN signal_repeats AS r ON u.prompt_hash = r.prompt_hash
