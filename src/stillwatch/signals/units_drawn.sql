-- The accounts of all units; of a large one, one account in so many.
SELECT u.unit_id AS unit_id, u.kind AS kind, u.account_key AS account_key
FROM units AS u
LEFT JOIN signal_large AS l ON u.unit_id = l.unit_id AND u.kind = l.kind
WHERE l.one_in IS NULL OR u.account_key % l.one_in = 0
