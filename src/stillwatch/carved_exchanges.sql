-- The log with the parts of some accounts as accounts of their own, which nobody owns: `carved_parts` (account_key, part,
-- part_key, part_id) are end users or keys, `carved_accounts` (account_key) are whole accounts. What shows the gateway of
-- all customers alike is NULL for a part.
SELECT {columns}
FROM (
  SELECT
    {others},
    coalesce(c.part_key, e.account_key) AS account_key,
    coalesce(c.part_id, e.account_id) AS account_id,
    CASE WHEN c.part_key IS NULL AND w.account_key IS NULL THEN e.org_id END AS org_id
  FROM lake_exchanges AS e
  LEFT JOIN carved_parts AS c
    ON e.account_key = c.account_key AND coalesce(e.end_user_id, e.key_id, '') = c.part
  LEFT JOIN carved_accounts AS w ON e.account_key = w.account_key
) AS carved
