-- Accounts that a person judged, as the log knows them; with the dismissed group they belong to, if any.
SELECT r.unit_id AS unit_id, e.account_key AS account_key
FROM signal_named AS r
JOIN account_totals AS e ON e.account_id = r.account_id
GROUP BY r.unit_id, e.account_key
ORDER BY unit_id, account_key
