-- Parts (end users, else keys) of the accounts that could carry a campaign among their customers: five parts or more,
-- ten exchanges that ask for reasoning, grading or data. Needs `{partials}` of the signal account-mixture.
SELECT p.account_key AS account_key, p.part AS part, p.exchanges AS exchanges, p.hits AS hits
FROM {partials} AS p
JOIN (
  SELECT account_key
  FROM {partials}
  WHERE part <> ''
  GROUP BY account_key
  HAVING count(*) >= 5 AND sum(hits) >= 10
) AS c ON p.account_key = c.account_key
WHERE p.part <> ''
ORDER BY p.account_key, p.part
