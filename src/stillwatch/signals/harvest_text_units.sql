-- The features of each unit in standard deviations from the mean of public prompt sources, at most three, times weights.
SELECT
  unit_id, kind, accounts,
  1000 * exchanges AS trials,
{terms}
    AS value
FROM (
{features}
) AS features
