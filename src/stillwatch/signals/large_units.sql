-- Units of more than {most} accounts.
SELECT unit_id, kind, CAST(count(*) AS BIGINT) AS accounts
FROM units
GROUP BY unit_id, kind
HAVING count(*) > {most}
