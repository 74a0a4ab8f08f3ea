-- How many accounts each unit has, and a number that stands for its name: names are dear to group by.
SELECT
  unit_id, kind,
  CAST(count(*) AS BIGINT) AS accounts,
  CAST(row_number() OVER (ORDER BY kind, unit_id) AS BIGINT) AS number
FROM units
GROUP BY unit_id, kind
