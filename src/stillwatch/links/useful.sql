-- Traits that at least {least} principals have, numbered from 0.
SELECT CAST(row_number() OVER (ORDER BY channel, value) - 1 AS INT) AS trait,
       channel, value, CAST(df AS BIGINT) AS df
FROM (SELECT channel, value, CAST(count(*) AS BIGINT) AS df FROM trait_rows GROUP BY channel, value HAVING count(*) >= {least}) AS s
