-- How alike the accounts' shares of a unit's prompts are in topic, while the prompts themselves differ: the chance that
-- two prompts of different accounts share a topic cell, over the chance that two of one account do (1: shares dealt from
-- one pool at random; people keep to topics of their own), times distinct prompts over exchanges (1: no prompt twice;
-- a class or a benchmark repeats its few). Where fewer than one in ten is distinct, that share alone. Fewer than 20
-- meetings within accounts, or no two accounts: not measurable. Prompts count in thousandths, so that sums are exact.
WITH
cells AS (
  SELECT
    u.unit_id, u.kind, p.account_key, p.topic,
    CAST(p.exchanges AS DOUBLE) AS exchanges,
    CAST(p.novel AS DOUBLE) AS novel,
    CAST(p.squares AS DOUBLE) AS squares
  FROM {units} AS u
  JOIN {partials} AS p ON u.account_key = p.account_key
),
account_sums AS (
  SELECT
    unit_id, kind, account_key,
    sum(exchanges) AS exchanges, sum(novel) AS novel, sum(squares) AS squares, sum(novel * novel) AS meetings
  FROM cells
  GROUP BY unit_id, kind, account_key
),
within AS (
  SELECT
    unit_id, kind,
    CAST(count(*) AS BIGINT) AS accounts,
    sum(exchanges) AS exchanges,
    sum(novel) AS novel,
    sum(meetings) AS meetings,
    sum(meetings - squares) AS met,
    sum(novel * novel) AS own,
    sum(novel * novel - squares) AS pairs
  FROM account_sums
  GROUP BY unit_id, kind
),
topics AS (
  SELECT unit_id, kind, topic, sum(novel) AS novel
  FROM cells
  GROUP BY unit_id, kind, topic
),
across AS (
  SELECT unit_id, kind, sum(novel * novel) AS meetings
  FROM topics
  GROUP BY unit_id, kind
)
SELECT
  w.unit_id AS unit_id,
  w.kind AS kind,
  w.accounts AS accounts,
  CAST(w.exchanges AS BIGINT) AS trials,
  CASE
    WHEN w.novel < 100 * w.exchanges THEN w.novel / w.exchanges / 1000
    WHEN w.met >= 20000000 AND w.novel * w.novel - w.own >= 1000000
      THEN round(
        (a.meetings - w.meetings) / (w.novel * w.novel - w.own) * w.pairs / w.met * w.novel / w.exchanges / 1000, 6
      )
  END AS value
FROM within AS w
JOIN across AS a ON w.unit_id = a.unit_id AND w.kind = a.kind
