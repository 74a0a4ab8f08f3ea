-- The two largest skills other than chat of each group, and their share of all its exchanges.
WITH
skills AS (
  SELECT u.unit_id, s.skill, CAST(sum(s.exchanges) AS DOUBLE) AS exchanges
  FROM {units} AS u
  JOIN {partials} AS s ON u.account_key = s.account_key
  WHERE u.kind = 'group'
  GROUP BY u.unit_id, s.skill
),
shares AS (
  SELECT unit_id, skill, exchanges / sum(exchanges) OVER (PARTITION BY unit_id) AS share
  FROM skills
),
places AS (
  SELECT
    unit_id, skill, share,
    row_number() OVER (PARTITION BY unit_id ORDER BY share DESC, skill) AS place
  FROM shares
  WHERE skill <> 'chat'
)
SELECT unit_id, skill, share, CAST(place AS BIGINT) AS place
FROM places
WHERE place <= 2
ORDER BY unit_id, place
