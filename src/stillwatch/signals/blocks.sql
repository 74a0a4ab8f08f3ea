-- To which accounts, and by which models, each block was issued that any request presents.
SELECT
  e.reasoning_hash AS block,
  e.account_key AS account_key,
  min(e.model) AS first_model,
  max(e.model) AS last_model
FROM exchanges AS e
JOIN (SELECT replayed_hash FROM exchanges WHERE replayed_hash IS NOT NULL GROUP BY replayed_hash) AS r
  ON e.reasoning_hash = r.replayed_hash
GROUP BY e.reasoning_hash, e.account_key
