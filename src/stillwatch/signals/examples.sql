-- Five example exchanges a group: of its accounts that show the signal most, their strongest first.
WITH
-- Not a name that a scoring query gives itself: Sail would look for that one out here.
scored_exchanges AS (
{scored}
),
ordered AS (
  SELECT
    account_key, exchange_id, hits, ts_us, exchange_key,
    row_number() OVER (PARTITION BY account_key ORDER BY hits DESC, ts_us, exchange_key) AS turn
  FROM scored_exchanges
  WHERE hits > 0
),
picked AS (
  SELECT
    a.unit_id, o.exchange_id,
    row_number() OVER (PARTITION BY a.unit_id ORDER BY o.turn, a.place, o.exchange_key) AS place
  FROM ordered AS o
  JOIN signal_shown AS a ON o.account_key = a.account_key
  WHERE o.turn <= 5
)
SELECT unit_id, exchange_id
FROM picked
WHERE place <= 5
ORDER BY unit_id, place
