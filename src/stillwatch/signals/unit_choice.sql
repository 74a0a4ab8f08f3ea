-- The units that one signal is measured on: all candidate groups, and tenants of its kinds that have accounts enough to
-- be measured and not more than it can afford. `unit_id` is the number.
SELECT s.number AS unit_id, u.kind AS kind, u.account_key AS account_key
FROM {units} AS u
JOIN signal_sizes AS s ON u.unit_id = s.unit_id AND u.kind = s.kind
WHERE u.kind = 'group' OR (u.kind IN ({kinds}) AND s.accounts BETWEEN {fewest} AND {most})
