-- Principals that have a trait of a remembered toolkit, by channel group. Text is met by its label, hashes by value.
WITH met AS (
  SELECT t.toolkit AS toolkit, l.channel AS channel, l.value AS value
  FROM remembered_text AS t
  JOIN trait_labels AS l ON l.channel = t.channel AND l.label = t.value
  UNION ALL
  SELECT toolkit, channel, value FROM remembered_plain
)
SELECT m.toolkit AS toolkit, r.principal AS principal, c.family AS family
FROM met AS m
JOIN trait_rows AS r ON r.channel = m.channel AND r.value = m.value
JOIN channel_families AS c ON c.channel = r.channel
GROUP BY m.toolkit, r.principal, c.family
ORDER BY toolkit, principal, family
