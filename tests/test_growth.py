"""Growth: what continues a chunk is told from what is new, by content and never by name."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from stillwatch import sources
from stillwatch.commits import Commit
from stillwatch.errors import BadInput
from stillwatch.growth import HEAD_BYTES, NewChunk, measure, strangers, survey
from stillwatch.sources import Chunk


def log(path: Path, numbers: Iterable[int], *, tail: str = "") -> Path:
    lines = (f'{{"ts":1772400000,"account_id":"a","exchange_id":"x{number:05d}"}}\n' for number in numbers)
    path.write_text("".join(lines) + tail)
    return path


def chunks(path: Path, size: int = 1 << 20) -> tuple[Chunk, ...]:
    return sources.plan([path], chunk_bytes=size).chunks


def committed(new: NewChunk, sequence: int = 0) -> Commit:
    return Commit(
        chunk=new.id, sequence=sequence, source=str(new.chunk.path), format=new.chunk.format, size=new.chunk.size,
        extent=measure(new), contains=new.contains, rows=1, repeated=0, first_us=1, last_us=1, parts=(), columns={},
        faults=(),
    )  # fmt: skip


def all_committed(path: Path, size: int) -> list[Commit]:
    return [committed(new, place) for place, new in enumerate(survey(chunks(path, size), []))]


@pytest.mark.parametrize("rows", [3, 500])  # shorter and longer than the head
@pytest.mark.parametrize("tail", ["", '{"ts":17724'])
def test_a_grown_file_changes_its_last_chunk_only(tmp_path: Path, rows: int, tail: str) -> None:
    path = log(tmp_path / "log.jsonl", range(rows), tail=tail)
    assert (path.stat().st_size > HEAD_BYTES) == (rows == 500)
    old = all_committed(path, 10_000)
    assert survey(chunks(path, 10_000), old) == []
    log(path, range(rows + 400))
    news = survey(chunks(path, 10_000), old)
    assert news[0].contains == (old[-1].chunk,)
    assert all(new.contains == () for new in news[1:])
    assert news[0].chunk.start == (len(old) - 1) * 10_000
    after = old[:-1] + [committed(new) for new in news]
    assert survey(chunks(path, 10_000), after) == []


def test_a_moved_file_that_grew_is_known_by_what_it_holds(tmp_path: Path) -> None:
    old = all_committed(log(tmp_path / "log.jsonl", range(50)), 1 << 20)
    grown = survey(chunks(log(tmp_path / "rotated.1.jsonl", range(60))), old)
    other = survey(chunks(log(tmp_path / "log2.jsonl", range(10, 70))), old)
    assert [new.contains for new in grown] == [(old[0].chunk,)]
    assert [new.contains for new in other] == [()]


def test_one_different_byte_makes_another_chunk(tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", range(500))
    old = all_committed(path, 1 << 20)
    data = bytearray(log(path, range(600)).read_bytes())
    data[20_000] ^= 1
    path.write_bytes(data)
    assert [new.contains for new in survey(chunks(path), old)] == [()]


def test_what_was_contained_stays_known_through_every_growth(tmp_path: Path) -> None:
    commits: list[Commit] = []
    for rows in (20, 40, 60):
        (new,) = survey(chunks(log(tmp_path / "log.jsonl", range(rows))), commits)
        commits.append(committed(new))
    assert commits[-1].contains == tuple(sorted(commit.chunk for commit in commits[:2]))
    early = chunks(log(tmp_path / "early-copy.jsonl", range(20)))
    assert survey(early, commits[-1:]) == []


def test_of_two_copies_in_one_plan_the_longer_is_read(tmp_path: Path) -> None:
    short, long = log(tmp_path / "a.jsonl", range(30)), log(tmp_path / "b.jsonl", range(90))
    lengths = [new.length for new in survey([*chunks(short), *chunks(long)], [])]
    assert lengths == [long.stat().st_size]
    (new,) = survey([*chunks(long), *chunks(short)], [])
    assert new.contains == tuple(old.chunk for old in all_committed(short, 1 << 20))
    twin = replace(chunks(long)[0], path=tmp_path / "c.jsonl", id="another")
    twin.path.write_bytes(long.read_bytes())
    assert len(survey([*chunks(long), twin], [])) == 1


def test_a_file_that_shrank_or_went_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", range(50))
    planned = chunks(path)
    (new,) = survey(planned, [])
    log(path, range(10))
    with pytest.raises(BadInput, match=r"log\.jsonl: shorter"):
        survey(planned, [])
    with pytest.raises(BadInput, match=r"log\.jsonl: shorter"):
        measure(new)
    path.unlink()
    with pytest.raises(BadInput, match=r"log\.jsonl: gone"):
        survey(planned, [])
    with pytest.raises(BadInput, match=r"log\.jsonl: gone"):
        measure(new)


def test_what_could_not_be_used_as_one_format_is_read_as_another(tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", range(300))

    def planned(name: str) -> tuple[Chunk, ...]:
        return sources.plan([path], format=name, chunk_bytes=10_000).chunks

    refused = [
        msgspec.structs.replace(committed(new, place), rows=0) for place, new in enumerate(survey(planned("otel"), []))
    ]
    assert survey(planned("otel"), refused) == []
    news = survey(planned("stillwatch"), refused)
    assert [new.contains for new in news] == [(commit.chunk,) for commit in refused]
    after = [committed(new, place) for place, new in enumerate(news)]
    assert survey(planned("otel"), after) == survey(planned("stillwatch"), after) == []
    # What could be used stays: a later run without --format must not undo it.
    assert survey(planned("openai"), after) == []


def test_strangers_are_what_no_named_file_holds(tmp_path: Path) -> None:
    mine, other = log(tmp_path / "mine.jsonl", range(50)), log(tmp_path / "other.jsonl", range(90, 120))
    held = [committed(new, place) for place, new in enumerate(survey(chunks(mine) + chunks(other), []))]
    assert strangers(chunks(mine) + chunks(other), held) == []
    assert strangers(chunks(mine), held) == [held[1]]
    log(mine, range(60))
    assert strangers(chunks(mine), held) == [held[1]]
    log(mine, range(1, 60))
    assert strangers(chunks(mine) + chunks(other), held) == [held[0]]
