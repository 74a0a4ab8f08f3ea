-- What the account table says of each member.
SELECT m.group_id AS group_id, m.account_key AS account_key, coalesce(a.org_id, e.org_id) AS org_id,
       a.programme AS programme, a.email_domain AS email_domain, a.payment_id AS payment_id,
       a.payment_bin AS payment_bin, a.referral AS referral, a.verified AS verified,
       a.created_at AS created_at, a.banned_at AS banned_at, e.exchanges AS exchanges
FROM campaign_members AS m
LEFT JOIN accounts AS a ON a.account_key = m.account_key
LEFT JOIN account_totals AS e ON e.account_key = m.account_key
ORDER BY group_id, account_key
