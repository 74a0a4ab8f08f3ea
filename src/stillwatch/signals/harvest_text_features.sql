-- Seven features of each unit. A template is a skeleton of half a percent of the exchanges, and of two of them at least.
-- size_spread: logarithm of the standard deviation of the logarithm of length over that of everyday traffic (variance
-- 0.3), over exchanges that follow no template (twenty at least), times their share: what a template fixes says nothing.
-- form_spread: logarithm of the standard deviation of the score of form. skills: logarithm of the effective number of
-- skills. templates: the same of templates, times the share of exchanges that follow one. brief, closed, elicits: means.
-- Spreads have floors.
WITH
cells AS (
  SELECT
    u.unit_id, u.kind, p.skill, p.skeleton,
    CAST(sum(p.exchanges) AS DOUBLE) AS exchanges,
    CAST(sum(p.sizes) AS DOUBLE) AS sizes,
    CAST(sum(p.size_squares) AS DOUBLE) AS size_squares,
    CAST(sum(p.forms) AS DOUBLE) AS forms,
    CAST(sum(p.form_squares) AS DOUBLE) AS form_squares,
    CAST(sum(p.brief) AS DOUBLE) AS brief,
    CAST(sum(p.closed) AS DOUBLE) AS closed,
    CAST(sum(p.elicits) AS DOUBLE) AS elicits
  FROM {units} AS u
  JOIN {partials} AS p ON u.account_key = p.account_key
  GROUP BY u.unit_id, u.kind, p.skill, p.skeleton
),
totals AS (
  SELECT
    unit_id, kind, sum(exchanges) AS n, sum(sizes) AS sizes, sum(size_squares) AS size_squares, sum(forms) AS forms,
    sum(form_squares) AS form_squares, sum(brief) AS brief, sum(closed) AS closed, sum(elicits) AS elicits
  FROM cells
  GROUP BY unit_id, kind
),
skills AS (
  SELECT unit_id, kind, sum(exchanges * exchanges) AS squares
  FROM (
    SELECT unit_id, kind, skill, sum(exchanges) AS exchanges
    FROM cells
    GROUP BY unit_id, kind, skill
  ) AS by_skill
  GROUP BY unit_id, kind
),
templates AS (
  SELECT
    t.unit_id, t.kind, sum(t.exchanges) AS exchanges, sum(t.exchanges * t.exchanges) AS squares,
    sum(t.sizes) AS sizes, sum(t.size_squares) AS size_squares
  FROM (
    SELECT
      unit_id, kind, skeleton, sum(exchanges) AS exchanges, sum(sizes) AS sizes, sum(size_squares) AS size_squares
    FROM cells
    WHERE skeleton IS NOT NULL
    GROUP BY unit_id, kind, skeleton
  ) AS t
  JOIN totals AS n ON t.unit_id = n.unit_id AND t.kind = n.kind
  WHERE t.exchanges >= 2 AND 200 * t.exchanges >= n.n
  GROUP BY t.unit_id, t.kind
),
free AS (
  SELECT
    n.unit_id, n.kind,
    n.n - coalesce(t.exchanges, 0.0) AS n,
    n.sizes - coalesce(t.sizes, 0.0) AS sizes,
    n.size_squares - coalesce(t.size_squares, 0.0) AS size_squares
  FROM totals AS n
  LEFT JOIN templates AS t ON n.unit_id = t.unit_id AND n.kind = t.kind
),
sizes AS (
  SELECT unit_id, kind, CAST(count(*) AS BIGINT) AS accounts
  FROM {units}
  GROUP BY unit_id, kind
)
SELECT
  n.unit_id AS unit_id,
  n.kind AS kind,
  z.accounts AS accounts,
  CAST(n.n AS BIGINT) AS exchanges,
  CASE
    WHEN f.n >= 20
      THEN f.n / n.n * 0.5 * ln(((f.size_squares * f.n - f.sizes * f.sizes) / (f.n * f.n) / 10000 + 0.0025) / 0.3)
    ELSE 0.0
  END AS size_spread,
  0.5 * ln((n.form_squares * n.n - n.forms * n.forms) / (n.n * n.n) / 1000000 + 0.0004) AS form_spread,
  ln(n.n * n.n / s.squares) AS skills,
  coalesce(t.exchanges / n.n * ln(t.exchanges * t.exchanges / t.squares), 0.0) AS templates,
  n.brief / n.n / 1000 AS brief,
  n.closed / n.n / 1000 AS closed,
  n.elicits / n.n / 1000 AS elicits
FROM totals AS n
JOIN skills AS s ON n.unit_id = s.unit_id AND n.kind = s.kind
JOIN free AS f ON n.unit_id = f.unit_id AND n.kind = f.kind
JOIN sizes AS z ON n.unit_id = z.unit_id AND n.kind = z.kind
LEFT JOIN templates AS t ON n.unit_id = t.unit_id AND n.kind = t.kind
