-- The units that are measured: candidate groups, and honest tenants outside them, of companies one in {orgs} and of tools
-- one in {tools}. A group that a person dismissed is a tenant like a company.
SELECT group_id AS unit_id, 'group' AS kind, account_key FROM signal_members GROUP BY group_id, account_key
UNION ALL
SELECT concat('account:', CAST(account_key AS VARCHAR)) AS unit_id, 'account' AS kind, account_key FROM signal_honest
UNION ALL
SELECT unit_id, kind, account_key FROM signal_shared
WHERE (kind = 'org' AND least % {orgs} = 0) OR (kind = 'tool' AND least % {tools} = 0)
UNION ALL
SELECT unit_id, 'bundle' AS kind, account_key FROM signal_bundles
UNION ALL
SELECT unit_id, 'org' AS kind, account_key FROM signal_dismissed
