from __future__ import annotations

from datetime import UTC, datetime

from stillwatch.provenance.watermark.keys import KeyName, Master, Standing, derive
from stillwatch.provenance.watermark.text import candidates


def test_keys_are_derived_and_never_shown() -> None:
    master, at = Master(bytes(range(32))), datetime(2026, 11, 1, tzinfo=UTC)
    name = KeyName(provider="us", scheme="kgw:gamma=0.25,width=1", epoch="1", cohort="c", account="a")
    good, leaked = candidates(
        master,
        [
            Standing(name, "active", at, at),
            Standing(KeyName(provider="us", scheme="x", epoch="1"), "leaked", at, at),
        ],
    )
    assert good.key == derive(master, name) and good.counts and not leaked.counts
    assert good.key.hex() not in repr(good) and repr(good.key) not in repr(good)
    made = good.result(2.0, -3.0, 4)
    assert (made.key_id, made.level, made.cohort, made.account, made.rank) == (name.id, "account", "c", "a", 4)
    assert "not evidence" in leaked.result(0.0, 0.0, 1).text
