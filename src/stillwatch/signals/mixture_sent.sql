-- What the parts (end users, else keys) of the accounts in `mixture_carriers` send: software and templates together, so
-- that the log is looked through once.
SELECT
  e.account_key AS account_key,
  coalesce(e.end_user_id, e.key_id, '') AS part,
  e.parameters AS parameters,
  e.stack AS stack,
  e.skeleton AS skeleton,
  e.system_hash AS system_hash
FROM exchanges AS e
JOIN mixture_carriers AS c ON e.account_key = c.account_key
GROUP BY e.account_key, coalesce(e.end_user_id, e.key_id, ''), e.parameters, e.stack, e.skeleton, e.system_hash
