-- Up to {most} accounts of each group, by their keys, which are hashes.
SELECT unit_id, account_key
FROM (
  SELECT unit_id, account_key, row_number() OVER (PARTITION BY unit_id ORDER BY account_key) AS place
  FROM {units}
  WHERE kind = 'group'
) AS members
WHERE place <= {most}
