from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from stillwatch.config import Settings, load_settings, shown_engine
from stillwatch.errors import BadSettings


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder and an environment without our variables."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"STILLWATCH_{name.upper()}", raising=False)


def test_flags_beat_the_environment_beats_the_file_beats_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().budget == 1.0
    Path("stillwatch.toml").write_text("budget = 2.0\nseed = 5\n")
    assert (load_settings().budget, load_settings().seed) == (2.0, 5)
    monkeypatch.setenv("STILLWATCH_BUDGET", "3")
    assert (load_settings().budget, load_settings().seed) == (3.0, 5)
    assert load_settings(budget=4.0).budget == 4.0


def test_none_means_not_given() -> None:
    assert load_settings(budget=None, seed=None) == load_settings()


@pytest.mark.parametrize(
    "flags",
    [
        {"budget": 0},
        {"budget": -1.0},
        {"budget": "many"},
        {"threads": 0},
        {"colour": "red"},
        {"seed": 1.5},
        {"seed": -1},
    ],
)
def test_what_cannot_be_used_is_named(flags: dict[str, object]) -> None:
    with pytest.raises(BadSettings, match=next(iter(flags))):
        load_settings(**flags)


@pytest.mark.parametrize("text", ["budget = ", "colour = 'red'", "budget = 'x'", "\x00"])
def test_a_bad_file_is_named(text: str) -> None:
    Path("stillwatch.toml").write_text(text)
    with pytest.raises(BadSettings):
        load_settings()


def test_a_file_in_another_encoding_is_named() -> None:
    Path("stillwatch.toml").write_bytes("budget = 1".encode("utf-16"))
    with pytest.raises(BadSettings, match=r"stillwatch\.toml"):
        load_settings()


def test_a_fault_never_shows_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STILLWATCH_BUDGET", "hunter2")
    with pytest.raises(BadSettings) as raised:
        load_settings()
    assert "hunter2" not in str(raised.value)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().budget = 9.0  # type: ignore[misc]


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    "engine",
    [
        "duckdb", "local", "local[*]", "local[4]", "local-cluster[2,1,1024]", "spark://a:7077", "spark://a:7077,b:7077",
        "sc://host", "sc://host:15002", "sc://host:443/;token=x@y;use_ssl=true",
    ],
)  # fmt: skip
def test_an_engine_is_here_or_an_address(engine: str) -> None:
    assert load_settings(engine=engine).engine == engine


@pytest.mark.parametrize("engine", ["", "spark", "http://host", "sc://", "spark://", "local[x]", "yarn", "sqlite"])
def test_another_engine_is_told_the_known_ones(engine: str) -> None:
    with pytest.raises(BadSettings, match=r"engine: .*sc://HOST:PORT"):
        load_settings(engine=engine)


@bounds(deadline=None, max_examples=50)
@given(st.text("abcXYZ019-._~@:/;=?&", min_size=8, max_size=20))
def test_the_token_of_an_address_is_never_shown(token: str) -> None:
    settings = Settings(engine=f"sc://user:pass@host:443/;token={token};use_ssl=true")
    assert shown_engine(settings.engine) == "sc://host:443"
    assert settings.model_dump(mode="json")["engine"] == settings.model_dump()["engine"] == "sc://host:443"
    assert "token" not in repr(settings) + settings.model_dump_json()
