-- Accounts by owner: the billing owner where the log says it, else the host of the sign-up address. The second is a
-- claim and not a fact; it counts only together with a shared egress or payment instrument.
SELECT s.owner AS owner, s.claimed AS claimed, s.account_key AS account_key, s.network AS network, s.payment AS payment
FROM (
  SELECT coalesce(a.org_id, e.org_id, '@' || a.email_domain) AS owner,
         CASE WHEN coalesce(a.org_id, e.org_id) IS NULL THEN 1 ELSE 0 END AS claimed,
         e.account_key AS account_key, e.network AS network, a.payment_id AS payment
  FROM (
    SELECT d.account_key AS account_key, d.org_id AS org_id, t.network AS network
    FROM account_totals AS d
    LEFT JOIN (
      SELECT account_key, value AS network,
             row_number() OVER (PARTITION BY account_key ORDER BY n DESC, value) AS place
      FROM (
        SELECT account_key, value, CAST(sum(exchanges) AS BIGINT) AS n FROM account_values WHERE place = 5
        GROUP BY account_key, value
      ) AS c
    ) AS t ON t.account_key = d.account_key AND t.place = 1
  ) AS e
  LEFT JOIN accounts AS a ON a.account_key = e.account_key
) AS s
WHERE s.owner IS NOT NULL
ORDER BY s.owner, s.account_key
