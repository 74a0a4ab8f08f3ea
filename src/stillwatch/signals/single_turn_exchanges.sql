-- The exchanges of `single_turn_scores`, and whether each stands alone that day: no follow-up in its session, and the
-- account's commonest parameters.
WITH
usable AS (
{scores}
),
parameter_places AS (
  SELECT
    account_key, day_start, parameters,
    row_number() OVER (PARTITION BY account_key, day_start ORDER BY uses DESC, parameters) AS place
  FROM (
    SELECT account_key, day_start, parameters, CAST(count(*) AS BIGINT) AS uses
    FROM usable
    GROUP BY account_key, day_start, parameters
  ) AS parameter_uses
),
followed AS (
  SELECT account_key, day_start, session_id
  FROM usable
  WHERE session_id IS NOT NULL
  GROUP BY account_key, day_start, session_id
  HAVING count(*) > 1
)
SELECT
  u.account_key AS account_key,
  u.exchange_key AS exchange_key,
  u.exchange_id AS exchange_id,
  u.ts_us AS ts_us,
  u.day_start AS day_start,
  u.prompt_hash AS prompt_hash,
  u.score AS score,
  CASE WHEN f.session_id IS NULL AND p.place = 1 THEN 1 ELSE 0 END AS alone
FROM usable AS u
JOIN parameter_places AS p
  ON u.account_key = p.account_key AND u.day_start = p.day_start AND u.parameters = p.parameters
LEFT JOIN followed AS f
  ON u.account_key = f.account_key AND u.day_start = f.day_start AND u.session_id = f.session_id
