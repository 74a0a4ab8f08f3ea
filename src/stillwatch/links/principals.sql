-- One row an account: the billing owner that it is one node with, the half it is hashed into, and its stratum
-- before small strata are folded. Accounts without an owner are their own principal.
SELECT s.account_key AS account_key,
       coalesce(a.org_id, s.org_id) AS owner,
       coalesce(a.plan, '?') AS plan,
       coalesce(a.billing_country, s.country, '?') AS country
FROM account_totals AS s
LEFT JOIN accounts AS a ON a.account_key = s.account_key
