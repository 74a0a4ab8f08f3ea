from collections.abc import Callable

import numpy as np

from stillwatch.engines import DuckDBEngine
from stillwatch.links.channels import GROUPS
from stillwatch.links.pairs import LEAST_PRINCIPALS, PER_PRINCIPAL, count_pairs, keep_traits, surprising_pairs


def test_kept_traits_are_bounded_and_sorted(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ringed(2000, (60,), "mid", 3)
    table = keep_traits(engine)
    assert (np.diff(table.row_principal) >= 0).all()
    assert np.bincount(table.row_principal).max() <= PER_PRINCIPAL
    sizes = engine.fetch("SELECT channel, value, df FROM useful")
    assert min(sizes["df"].to_pylist()) >= LEAST_PRINCIPALS
    assert table.known.shape == (table.principals, len(GROUPS))


def test_pairs_are_counted_right_and_never_inside_a_channel_group(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray]
) -> None:
    ringed(2000, (60,), "easy", 4)
    table = keep_traits(engine)
    assert count_pairs(engine) > 0
    pairs = engine.fetch("SELECT half, t1, t2, o FROM pairs ORDER BY o DESC, half, t1, t2 LIMIT 200").to_pylist()
    holders = [set(table.row_principal[table.row_trait == trait].tolist()) for trait in range(table.traits)]
    for row in pairs:
        both = holders[row["t1"]] & holders[row["t2"]]
        assert row["o"] == sum(1 for principal in both if table.half[principal] == row["half"])
        assert table.family[row["t1"]] != table.family[row["t2"]]


def test_counts_add_up_over_parts_of_the_accounts(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ringed(2000, (60,), "mid", 5)
    keep_traits(engine)
    engine.materialise("kept_all", "SELECT principal, trait, family, half, stratum FROM kept")
    parts = []
    for part in (0, 1):
        engine.materialise(
            "kept", f"SELECT principal, trait, family, half, stratum FROM kept_all WHERE principal % 2 = {part}"
        )
        sql = (
            "SELECT x.half AS half, x.trait AS t1, y.trait AS t2, count(*) AS o FROM kept AS x "
            "JOIN kept AS y ON x.principal = y.principal WHERE x.trait < y.trait AND x.family <> y.family "
            "GROUP BY x.half, x.trait, y.trait"
        )
        engine.materialise(f"part_{part}", sql)
        parts.append(f"SELECT half, t1, t2, o FROM part_{part}")
    engine.materialise("kept", "SELECT principal, trait, family, half, stratum FROM kept_all")
    count_pairs(engine)
    union = " UNION ALL ".join(parts)
    summed = (
        f"SELECT half, t1, t2, CAST(sum(o) AS BIGINT) AS o FROM ({union}) AS s GROUP BY half, t1, t2 HAVING sum(o) >= 2"
    )
    assert engine.scalar(f"SELECT count(*) FROM (({summed}) EXCEPT (SELECT half, t1, t2, o FROM pairs)) AS d") == 0
    assert engine.scalar(f"SELECT count(*) FROM ((SELECT half, t1, t2, o FROM pairs) EXCEPT ({summed})) AS d") == 0


def test_surprising_pairs_beat_their_stratified_expectation(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray]
) -> None:
    ringed(3000, (90,), "mid", 6)
    keep_traits(engine)
    count_pairs(engine)
    pairs = surprising_pairs(engine)
    assert pairs.num_rows > 0
    o, e, z = (pairs[name].to_numpy() for name in ("o", "e", "z"))
    assert (o > e).all()
    np.testing.assert_allclose(z, (o - e) / np.sqrt(e + 0.2))
