from pathlib import Path

import jinja2
import pytest

from stillwatch.console.page import environment, write_page
from stillwatch.errors import StillwatchError


def test_what_a_template_is_given_is_escaped() -> None:
    template = environment().from_string("<b title='{{ name }}'>{{ name }}</b>")
    assert template.render(name="<i>'\"&") == "<b title='&lt;i&gt;&#39;&#34;&amp;'>&lt;i&gt;&#39;&#34;&amp;</b>"


def test_a_name_that_is_missing_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{{ nothing.here }}").render()


@pytest.mark.parametrize(("share", "width"), [(None, "0.0%"), (-1, "0.0%"), (0.25, "25.0%"), (7, "100.0%")])
def test_bars_stay_inside_their_track(share: float | None, width: str) -> None:
    assert environment().from_string("{{ share|width }}").render(share=share) == width


def test_a_page_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_page(path, "first")
    write_page(path, "second é")
    assert path.read_text(encoding="utf-8") == "second é"
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_page_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken.html").mkdir()
    with pytest.raises(StillwatchError, match=r"taken\.html: the report cannot be written .* --out"):
        write_page(tmp_path / "taken.html", "text")
    with pytest.raises(StillwatchError, match="cannot be written"):
        write_page(tmp_path / "missing" / "page.html", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.html"]
