-- Accounts by owner: the billing owner where the log says it, else the host of the sign-up address. The second is a
-- claim and not a fact; it counts only together with a shared egress or payment instrument.
SELECT s.owner AS owner, s.claimed AS claimed, s.account_key AS account_key, s.network AS network, s.payment AS payment
FROM (
  SELECT coalesce(a.org_id, e.org_id, '@' || a.email_domain) AS owner,
         CASE WHEN coalesce(a.org_id, e.org_id) IS NULL THEN 1 ELSE 0 END AS claimed,
         e.account_key AS account_key, e.network AS network, a.payment_id AS payment
  FROM (
    SELECT account_key, min(org_id) AS org_id, min(network) AS network FROM (
      SELECT account_key, org_id, ip_network AS network,
             row_number() OVER (PARTITION BY account_key ORDER BY n DESC, ip_network) AS place
      FROM (
        SELECT account_key, min(org_id) AS org_id, ip_network, CAST(count(*) AS BIGINT) AS n FROM exchanges
        GROUP BY account_key, ip_network
      ) AS c
    ) AS t WHERE place = 1 GROUP BY account_key
  ) AS e
  LEFT JOIN accounts AS a ON a.account_key = e.account_key
) AS s
WHERE s.owner IS NOT NULL
ORDER BY s.owner, s.account_key
