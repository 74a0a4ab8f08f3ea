from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest

from stillwatch.errors import BadInput
from stillwatch.provenance.canaries.table import Neighbours, parse_table, wording_table

PINNED = {1: "916a77aefbd8ba3d"}
"""Keys are bound to the table's version, so another text of the table needs another version."""


def test_the_table_is_the_one_of_its_version() -> None:
    text = files("stillwatch.provenance.canaries").joinpath("wording.tsv").read_bytes()
    classes = files("stillwatch.provenance.canaries").joinpath("word_classes.tsv").read_bytes()
    assert PINNED[wording_table().version] == hashlib.sha256(text + classes).hexdigest()[:16]


def test_the_table_is_large_and_in_bounds() -> None:
    points = wording_table().points
    assert len(points) >= 250
    for point in points.values():
        assert 2 <= point.variants <= 4
        for form in point.forms:
            assert len(form) == point.variants == len(set(form))
        assert len({(variant, i) for form in point.forms for i, variant in enumerate(form)}) == sum(
            len(form) for form in point.forms
        ), f"{point.name}: one formulation stands for two forms, so it could not be read back"


def test_no_formulation_belongs_to_two_points_that_could_both_hold() -> None:
    # Several points may share words ("ensure that" before "you" and before "the"): then their neighbours differ.
    seen: dict[str, list[str]] = {}
    for point in wording_table().points.values():
        for form in point.forms:
            for variant in form:
                seen.setdefault(variant, []).append(point.name)
    shared = {variant: names for variant, names in seen.items() if len(set(names)) > 1}
    points = wording_table().points
    for names in shared.values():
        allowed = [(points[n].place, points[n].before.allowed, points[n].after.allowed) for n in dict.fromkeys(names)]
        assert len(set(allowed)) == len(allowed)


def test_neighbours() -> None:
    one = Neighbours(allowed=frozenset({"the", "$"}), denied=frozenset({","}), endings=("ing",))
    assert one.admit("the", "") and one.admit("making", "") and one.admit(".", "$")
    assert not one.admit(",", "$") and not one.admit("gate", "") and not one.admit("", "^")
    assert Neighbours().admit("anything", "") and Neighbours(denied=frozenset({"^"})).admit("gate", "")
    assert not Neighbours(denied=frozenset({"^"})).admit("", "^")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("one\ta | b\t.\t.\t.", "5 columns for 6"),
        ("one\ta\t.\t.\t.\t.", "2 to 4 formulations"),
        ("one\ta/b | c\t.\t.\t.\t.", "equally many forms"),
        ("one\ta | b\tmiddle\t.\t.\t.", "no such place"),
        ("one\ta | b\t.\t.\t.\tsometimes", "no such condition"),
        ("one\ta | b | c | d | e\t.\t.\t.\t.", "2 to 4"),
    ],
)
def test_bad_lines_are_named(line: str, fault: str) -> None:
    with pytest.raises(BadInput, match=f"mine.tsv, line 2: .*{fault}"):
        parse_table(f"# table 9\n{line}\n", "mine.tsv")


def test_two_points_of_one_name_are_refused() -> None:
    with pytest.raises(BadInput, match="there is a point 'one' already"):
        parse_table("one\ta | b\t.\t.\t.\t.\none\tc | d\t.\t.\t.\t.\n", "mine.tsv")


def test_the_longest_formulation_is_tried_first() -> None:
    table = parse_table("# table 7\nx\ta b c | d\t.\t.\t.\t.\ny\ta b | e\t.\t.\t.\t.\n", "mine.tsv")
    assert table.version == 7
    assert [len(row[0]) for row in table.index["a"]] == [3, 2]
