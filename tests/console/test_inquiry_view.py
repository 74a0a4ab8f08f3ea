import math
from collections.abc import Callable

from msgspec.structs import replace

from stillwatch.console.inquiry_view import (
    EXHIBITS,
    cleaned,
    clue_views,
    power_rows,
    ranked,
    rarest,
    reaching,
    strip,
)  # fmt: skip
from stillwatch.inquiry import Candidate, Innocent, Inquiry, Passage, Power

Make = Callable[..., Inquiry]
BAD = "\x1b[31m\u202eevil\x07"


def test_every_string_is_cleaned_and_every_figure_stays(inquiry: Make) -> None:
    case = inquiry(
        suspect=BAD, sentence=BAD, would_change=(BAD,), provenance={BAD: BAD}, nearest_rival=None,
        hypotheses=(replace(inquiry().hypotheses[0], text=BAD),),
    )  # fmt: skip
    made = cleaned(case)
    assert (made.suspect, made.sentence, made.would_change) == ("evil", "evil", ("evil",))
    assert made.provenance == {"evil": "evil"}
    assert made.hypotheses[0].text == "evil"
    assert made.nearest_rival is None
    assert made.score == case.score
    assert cleaned(inquiry()) == inquiry()


def test_answers_keep_their_lines_and_names_are_never_empty(inquiry: Make) -> None:
    clue = inquiry().clues[1]
    exhibit = replace(clue.exhibits[0], suspect=Passage(model="\u202e", text="a\n b", marks=((0, 1),)))
    made = cleaned(inquiry(clues=(replace(clue, exhibits=(exhibit,)),), teacher=""))
    assert made.clues[0].exhibits[0].suspect == Passage(model="no name", text="a\n b", marks=((0, 1),))
    assert made.teacher == "no name"


def test_candidates_stand_by_score_and_those_without_one_last(inquiry: Make) -> None:
    broken = Candidate(teacher="nan", provider="", family="", score=math.nan, p_value=None, p_adjusted=None)
    order = [one.teacher for one in ranked((broken, *inquiry().candidates))]
    assert order[:2] == ["tutor-1", "other-1"]
    assert set(order[2:]) == {"nan", "mute-1"}


def test_innocents_that_reach_the_suspect_are_counted(inquiry: Make) -> None:
    assert reaching(inquiry()) == ()
    at_one = inquiry(score=1.0)
    assert [one.score for one in reaching(at_one)] == sorted((one.score for one in reaching(at_one)), reverse=True)
    assert len(reaching(at_one)) == sum(one.score >= 1.0 for one in at_one.calibration.innocents) > 0


def test_a_strip_places_suspect_and_innocents_on_one_axis(inquiry: Make) -> None:
    drawn = strip(inquiry())
    assert len(drawn.rows) == 8
    assert drawn.suspect is not None
    assert max(dot.at for row in drawn.rows for dot in row.dots) < drawn.suspect
    broken = Innocent(model="m", family="f", provider="", score=math.nan)
    empty = inquiry(score=math.nan, calibration=replace(inquiry().calibration, innocents=(broken,)))
    assert (strip(empty).rows, strip(empty).suspect, strip(empty).reaching) == ((), None, ())


def test_signals_that_count_come_first_and_blind_ones_last(inquiry: Make) -> None:
    scale, views = clue_views(inquiry().clues)
    assert [view.clue.name for view in views] == ["skeleton", "refusals", "code"]
    assert views[2].at is None
    assert views[0].at == scale.at(3.9)
    assert views[0].low == scale.at(-1.0)
    assert len(views[0].dots) == 8


def test_the_twenty_most_telling_are_shown_matches_first(inquiry: Make) -> None:
    clue = inquiry().clues[1]
    many = tuple(replace(clue.exhibits[0], prompt_id=f"q{n:02d}", value=float(n - 9)) for n in range(27))
    view = clue_views((replace(clue, exhibits=many),))[1][0]
    shown = [one.exhibit.value for one in view.matches]
    assert shown == sorted(shown, reverse=True)
    assert shown[0] == 17.0
    against = [one.exhibit.value for one in view.mismatches]
    assert against == sorted(against)
    assert against[0] == -9.0
    assert len(shown) + len(against) == EXHIBITS
    assert view.left_out == 7
    assert min(map(abs, shown + against)) >= 3


def test_an_exhibit_shows_suspect_teacher_and_three_controls(inquiry: Make) -> None:
    view = clue_views(inquiry().clues)[1][0].matches[0]
    assert [passage.role for passage in view.passages] == ["suspect", "teacher", "control", "control", "control"]
    assert [[piece.marked for piece in passage.answer] for passage in view.passages[:3]] == [
        [False, True, False], [False, True, False], [False],
    ]  # fmt: skip
    assert view.passages[0].outline.marked
    assert not view.passages[2].outline.marked


def test_the_rarest_runs_come_first(inquiry: Make) -> None:
    assert [run.controls_with for run in rarest(inquiry().runs)] == [0, 7]


def test_power_is_a_table_with_gaps_where_it_is_not_known(inquiry: Make) -> None:
    points = (
        Power(share=1.0, level=0.05, power=0.9), Power(share=0.5, level=0.01, power=0.2),
        Power(share=0.5, level=0.05, power=0.4),
    )  # fmt: skip
    levels, rows = power_rows(replace(inquiry().calibration, power=points))
    assert levels == (0.05, 0.01)
    assert [(row.share, row.powers) for row in rows] == [(0.5, (0.4, 0.2)), (1.0, (0.9, None))]
