"""What is said of a case, in words that may be quoted: verdict, hypotheses, what would change it, its limits."""

from __future__ import annotations

import math
from typing import Literal

from stillwatch.inquiry import Hypothesis, SharedRun
from stillwatch.provenance.fingerprint.evidence import CALIBRATED_ON
from stillwatch.provenance.fingerprint.innocents import Null
from stillwatch.provenance.fingerprint.panel import NEWCOMER_AT, SUPPORTS_AT, Judgement

__all__ = ["LIMITS", "hypotheses", "sentence", "would_change"]

Standing = Literal["supported", "possible", "not supported", "cannot be told apart"]
LIMITS = (
    "The text shows whose answers a model was formed on, not who bought them, when, or against which terms.",
    "Style tells the provider better than the version: a sibling of the teacher, or its text on the web, looks alike.",
    "Families are taken as independent. Models of the same years share web text, and one another's answers.",
    "English answers of 2023 and 2024 stand behind the calibration; newer models resemble each other more.",
    "A suspect that was rewritten, or trained on several teachers, shows less of each. Absence of evidence is weak.",
)


def sentence(found: Judgement, null: Null, provider: str) -> str:
    """The verdict with its error rate."""
    reached = null.reached(found.score)
    newcomer = (
        f" No other model of its maker is at hand: were it an original of its own, p would be {found.p_newcomer:.2g}, "
        f"and a verdict in favour needs {NEWCOMER_AT:g} or less of that."
        if found.p_newcomer is not None
        else ""
    )
    times = math.exp(abs(found.log_lr or 0.0))
    ground = (
        f"{reached} of {null.units:,} comparisons of innocent families and providers reach its score "
        f"(p = {found.p_value:.2g}; no smaller p than {1 / (null.units + 1):.2g} is possible here)"
    )
    if found.verdict == "supports":
        return (
            f"The answers support that {found.suspect} was trained on answers of {found.teacher}, or of another model "
            f"of {provider}: {ground}, and the score is at least {times:.0f} times as probable for such a student."
            f"{newcomer}"
        )
    if found.verdict == "speaks against":
        return (
            f"The answers speak against {found.suspect} having been trained mostly on {found.teacher}: {ground}, and "
            f"the score is {times:.0f} times as probable for a model that was not."
        )
    return (
        f"The answers do not decide whether {found.suspect} was trained on {found.teacher}: {ground}; a verdict in its "
        f"favour needs p of {SUPPORTS_AT:g} or less.{newcomer}"
    )


def hypotheses(
    found: Judgement, provider: str, sibling: str | None, closer: bool, runs: tuple[SharedRun, ...]
) -> tuple[Hypothesis, ...]:
    """From the teacher; from a sibling or from the teacher's text on the web; independent. Never only two."""
    own = sum(run.controls_with == 0 and not run.refusal for run in runs)
    refused = sum(run.controls_with == 0 and run.refusal for run in runs)
    text = f"{own} runs of eight words or more stand in both and in no innocent control. " if own else ""
    if refused:
        text += f"So do {refused} runs of five words or more with which both decline. "
    standing: tuple[Standing, Standing, Standing]
    if found.verdict == "supports":
        standing = ("possible", "cannot be told apart", "not supported")
        if sibling is None:
            standing = ("supported", "possible", "not supported")
    elif found.verdict == "speaks against":
        standing = ("not supported", "not supported", "supported")
    else:
        standing = ("possible", "possible", "possible")
    if sibling is None:
        version = f"No other model of {provider} is among the controls, so its versions could not be compared."
    elif closer:
        version = f"{sibling}, of the same provider, is as close to the suspect as {found.teacher} or closer."
    else:
        version = (
            f"{found.teacher} is closer to the suspect than {sibling}; that names the version right in half of cases."
        )
    return (
        Hypothesis(name=f"from {found.teacher}", standing=standing[0], text=text + version),
        Hypothesis(
            name=f"from another model of {provider}, or from its text on the web", standing=standing[1],
            text="Text that users posted has the same style. Only planted marks, traffic or dates tell these apart.",
        ),
        Hypothesis(
            name="independent", standing=standing[2],
            text=f"Closest innocent model: {found.nearest_rival}. " if found.nearest_rival else "No rival at hand.",
        ),
    )  # fmt: skip


def would_change(found: Judgement, null: Null, power_known: bool, prompts: int) -> tuple[str, ...]:
    """What could be brought that would move the result."""
    advice = [
        f"More independent control families: with {null.families} no ratio above {null.families + 1} is claimed.",
        "The suspect's own base and its maker's earlier models as controls: what they explain, the teacher need not.",
    ]
    if not power_known:
        advice.append("A sibling of the teacher among the controls: nothing else shows what a student would score.")
    if prompts < 200:
        advice.append(f"More questions: {prompts} were asked; with 200 the order of suspects hardly moves.")
    if found.verdict != "supports":
        advice.append("Planted marks in the answers, or the traffic that took them: other evidence, same question.")
    advice.append(f"The ratio was calibrated on {CALIBRATED_ON}; students of your own would calibrate it better.")
    return tuple(advice)
