-- Accounts of the log that are in no candidate group, or that a person found honest, in a fixed order.
SELECT s.account_key AS account_key
FROM signal_seen AS s
LEFT JOIN signal_outside AS m ON s.account_key = m.account_key
WHERE m.account_key IS NULL
ORDER BY account_key
