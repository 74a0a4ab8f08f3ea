import msgspec

from stillwatch.provenance.benchmarks import Gains


def test_a_finding_survives_its_json_and_none_stays_none() -> None:
    found = Gains(
        suspect="s", family="f", verdict="cannot judge", sentence="", targeted=("coding",), after=None, declared="",
        level=0.05, left_out=(("tern", "no version"),), power=((0.5, 0.1),),
    )  # fmt: skip
    plain = msgspec.json.encode(found)
    assert b'"p_value":null' in plain
    assert msgspec.json.decode(plain, type=Gains) == found
