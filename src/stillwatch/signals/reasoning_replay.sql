-- Per exchange that presents a block which this log saw issued: whether it was issued to one to three others and never
-- to this account, or to this account by other models only.
SELECT
  e.account_key AS account_key,
  e.exchange_key AS exchange_key,
  e.exchange_id AS exchange_id,
  e.ts_us AS ts_us,
  CAST(1 AS BIGINT) AS trials,
  CAST(
    CASE
      WHEN own.block IS NULL AND h.holders <= 3 THEN 1
      WHEN own.block IS NOT NULL AND e.model <> own.first_model AND e.model <> own.last_model THEN 1
      ELSE 0
    END AS BIGINT
  ) AS hits
FROM {exchanges} AS e
JOIN (SELECT block, CAST(count(*) AS BIGINT) AS holders FROM signal_blocks GROUP BY block) AS h
  ON e.replayed_hash = h.block
LEFT JOIN signal_blocks AS own ON e.replayed_hash = own.block AND e.account_key = own.account_key
