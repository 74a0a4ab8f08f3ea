from __future__ import annotations

from stillwatch.provenance.fingerprint.panel import Panel
from stillwatch.provenance.fingerprint.tree import tree


def test_versions_of_one_provider_join_before_strangers(sight: Panel) -> None:
    suspect, teacher = sight.corpus.model("pupil"), sight.corpus.model("alder-2")
    members, branches = tree(sight, suspect, teacher, {sight.corpus.model("birch-1")})
    assert [member.model for member in members] == list(sight.corpus.models)
    assert len(branches) == len(members) - 1
    assert [b.distance for b in branches] == sorted(b.distance for b in branches)
    role = {member.model: member.role for member in members}
    assert (role["pupil"], role["alder-2"], role["alder-1"]) == ("suspect", "teacher", "sibling")
    assert (role["birch-1"], role["cedar-1"], role["loner"]) == ("rival", "control", "other")
    first = {
        frozenset((members[b.left].provider, members[b.right].provider))
        for b in branches
        if max(b.left, b.right) < len(members)
    }
    assert sum(len(pair) == 1 for pair in first) >= 6


def test_every_node_is_joined_once(sight: Panel) -> None:
    _, branches = tree(sight, 0, 1, set())
    joined = [node for branch in branches for node in (branch.left, branch.right)]
    assert sorted(joined) == list(range(2 * len(branches)))
