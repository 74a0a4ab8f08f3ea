-- The five accounts of each group's panel that show a signal most.
WITH totals AS (
  SELECT account_key, CAST(sum({shown}) AS BIGINT) AS hits
  FROM {partials}
  WHERE account_key IN (SELECT account_key FROM signal_panel)
  GROUP BY account_key
),
places AS (
  SELECT
    u.unit_id AS unit_id,
    u.account_key AS account_key,
    row_number() OVER (PARTITION BY u.unit_id ORDER BY t.hits DESC, u.account_key) AS place
  FROM signal_panel AS u
  JOIN totals AS t ON u.account_key = t.account_key
  WHERE t.hits > 0
)
SELECT unit_id, account_key, CAST(place AS BIGINT) AS place
FROM places
WHERE place <= 5
