from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from stillwatch.cli.marking import check_commitment, chosen_keys, read_tokenizer_file, show_case, the_scheme
from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.marks import DecoyCheck, MarkInquiry
from stillwatch.provenance.watermark.keys import KeyName, Master, Plan, Register, add_keys, change_state, commit
from stillwatch.provenance.watermark.keys.commitment import write_json
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw

AT = datetime(2026, 11, 1, tzinfo=UTC)
MASTER = Master(bytes(range(32)))


@pytest.fixture
def register(tmp_path: Path) -> Register:
    names = [KeyName(provider="us", scheme=Kgw().name, epoch="1", account=f"a{n}") for n in range(4)]
    return add_keys(tmp_path / "register.jsonl", names, AT)


def more_schemes(register: Register) -> Register:
    return add_keys(register.path, [KeyName(provider="us", scheme=Gumbel().name, epoch="1")], AT)


def test_the_scheme_is_the_registers_only_one_or_is_asked_for(register: Register) -> None:
    assert the_scheme(None, register) == Kgw()
    assert the_scheme("gumbel:width=4", register) == Gumbel(width=4)
    with pytest.raises(BadSettings, match="keys of 2 schemes"):
        the_scheme(None, more_schemes(register))
    with pytest.raises(BadSettings, match="no register says it"):
        the_scheme(None, None)


def test_keys_of_the_scheme_that_can_be_tested_with_are_chosen(register: Register) -> None:
    gone = change_state(register.path, [register.names[0].id], "destroyed", AT)
    leaked = change_state(gone.path, [register.names[1].id], "leaked", AT)
    made = chosen_keys(more_schemes(leaked), MASTER, Kgw())
    assert [(one.name.account, one.counts) for one in made] == [("a1", False), ("a2", True), ("a3", True)]
    with pytest.raises(NothingToRead, match="no key of gumbel:width=1"):
        chosen_keys(leaked, MASTER, Gumbel())


def test_a_file_of_ids_narrows(register: Register, tmp_path: Path) -> None:
    some = tmp_path / "some.txt"
    some.write_text(f"{register.names[2].id}\n")
    assert [one.name.account for one in chosen_keys(register, MASTER, Kgw(), some)] == ["a2"]
    gone = change_state(register.path, [register.names[2].id], "destroyed", AT)
    with pytest.raises(BadSettings, match="is destroyed"):
        chosen_keys(gone, MASTER, Kgw(), some)
    some.write_text("ffff")
    with pytest.raises(BadSettings, match="no key has this id"):
        chosen_keys(register, MASTER, Kgw(), some)
    some.write_text(" \n")
    with pytest.raises(NothingToRead, match="names no key"):
        chosen_keys(register, MASTER, Kgw(), some)
    some.write_bytes(b"\xff")
    with pytest.raises(BadInput, match="cannot be read as text"):
        chosen_keys(register, MASTER, Kgw(), some)


def test_a_commitment_is_compared_with_what_is_tested(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "fixed.json"
    write_json(path, commit(MASTER, register.names, Plan(schemes=(Kgw().name,), weight="equal", level=1e-6), AT))
    tried = chosen_keys(register, MASTER, Kgw())

    def holds(**changed: object) -> bool:
        asked = {"scheme": Kgw(), "weight": "equal", "level": 1e-6, **changed}
        made = check_commitment(path, register, MASTER, tried, **asked)  # type: ignore[arg-type]
        assert made is not None
        return made.holds

    assert holds()
    assert not holds(files={"cohorts": "11" * 32})
    assert not holds(weight="anscombe") and not holds(level=0.05) and not holds(scheme=Kgw(width=2))
    assert check_commitment(None, register, MASTER, tried, scheme=Kgw(), weight="equal", level=1e-6) is None


def test_canaries_that_were_fixed_too_are_another_tests(register: Register, tmp_path: Path) -> None:
    path, files = tmp_path / "fixed.json", {"cohorts": "11" * 32, "canaries": "00" * 32}
    plan = Plan(schemes=(Kgw().name,), weight="equal", level=1e-6, files=files)
    write_json(path, commit(MASTER, register.names, plan, AT))
    tried = chosen_keys(register, MASTER, Kgw())
    for cohorts, right in (("11", True), ("22", False)):
        made = check_commitment(
            path, register, MASTER, tried, scheme=Kgw(), weight="equal", level=1e-6, files={"cohorts": cohorts * 32}
        )
        assert made is not None and made.holds is right


def test_no_tokenizer_is_no_tokenizer(tmp_path: Path) -> None:
    assert read_tokenizer_file(None) is None
    with pytest.raises(NothingToRead):
        read_tokenizer_file(tmp_path / "none.json")


def test_a_case_is_written_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decoys = DecoyCheck(count=0, z=(), deviation=0, beyond_5=0, lowest_log10_p=0, log10_p_uniform=0, sound=False)
    case = MarkInquiry(
        kind="text", suspect="suspect.txt", access="text", scheme="kgw", verdict="abstains", sentence="No judgement.",
        tokens=1, pairs=0, level=1e-6, weight="equal", dominance=0.0, keys=(), decoys=decoys,
    )  # fmt: skip
    show_case(case, tmp_path / "out", as_json=False)
    assert "No judgement." in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"mark.json", "report.html"}
    show_case(case, None, as_json=True, documents=[])
    assert '"documents": []' in capsys.readouterr().out
