-- At most {per_channel} traits a channel and {per_principal} in all, the rarest first: this bounds every later step.
SELECT principal, trait, family FROM (
  SELECT principal, trait, family,
         row_number() OVER (PARTITION BY principal ORDER BY df, trait) AS place
  FROM (
    SELECT r.principal AS principal, u.trait AS trait, u.df AS df, c.family AS family,
           row_number() OVER (PARTITION BY r.principal, r.channel ORDER BY u.df, u.trait) AS place
    FROM trait_rows AS r
    JOIN useful AS u ON r.channel = u.channel AND r.value = u.value
    JOIN channel_families AS c ON c.channel = r.channel
  ) AS s WHERE place <= {per_channel}
) AS q WHERE place <= {per_principal}
