"""One case: was this suspect trained on that teacher? Everything a reader, and an opponent, needs to see."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from stillwatch import __version__
from stillwatch.errors import BadInput
from stillwatch.inquiry import Calibration, Candidate, Clue, Innocent, Inquiry
from stillwatch.provenance.fingerprint import evidence, significance
from stillwatch.provenance.fingerprint.coverage import by_coverage
from stillwatch.provenance.fingerprint.exhibits import exhibits, rare_runs, shown_controls
from stillwatch.provenance.fingerprint.innocents import FEWEST_FAMILIES, FEWEST_MODELS, Null
from stillwatch.provenance.fingerprint.lineage import Lineage
from stillwatch.provenance.fingerprint.noise import NoiseFloor, noise_floor
from stillwatch.provenance.fingerprint.outputs import Corpus
from stillwatch.provenance.fingerprint.panel import Panel, panel
from stillwatch.provenance.fingerprint.signals import SIGNALS, Signal
from stillwatch.provenance.fingerprint.students import power
from stillwatch.provenance.fingerprint.tree import tree
from stillwatch.provenance.fingerprint.verdict import LIMITS, hypotheses, sentence, would_change

__all__ = ["examine"]

Report = Callable[[str, float], None]


def examine(
    corpus: Corpus, suspect: str, teacher: str, lineage: Lineage, *, seed: int = 0, progress: Report | None = None
) -> Inquiry:
    """Judge one suspect and teacher on a benchmark. Raises BadInput where a model has no answer, the two are one, or
    the controls do not suffice, saying what is missing."""
    told = progress or _silent
    if suspect == teacher:
        raise BadInput(f"{suspect!r} is suspect and teacher at once. Name two models.")
    corpus.model(teacher)
    standing = lineage.standing(corpus.benchmark, corpus.models, suspects=[suspect])
    _, part, beside = next(by_coverage(corpus, [suspect], standing))
    told("reading the answers", 0.05)
    sight = panel(part, lineage, suspects=[suspect], counted_only=False, seed=seed, beside=beside)
    i, j = part.model(suspect), part.model(teacher)
    null = sight.innocents.null(i, j)
    _enough(null, suspect, teacher, lineage)
    told("comparing with innocents", 0.6)
    found = sight.judge(suspect, teacher)
    if found.p_value is None or found.p_parametric is None or found.log_lr is None:
        raise BadInput(f"{suspect} and {teacher} have no question in common with the controls. Ask all the same ones.")
    runs = rare_runs(sight, i, j)
    sibling, closer = _sibling(sight, i, j)
    provider = str(sight.standing.providers[j])
    known = power(sight.counted, sight.standing, i, j, null)
    told("laying out the exhibits", 0.8)
    candidates = _candidates(sight, suspect, teacher)
    members, branches = tree(sight, i, j, {part.model(one.teacher) for one in candidates if not one.asked})
    return Inquiry(
        suspect=suspect, teacher=teacher, benchmark=part.benchmark, prompts=len(part.prompts), models=len(part.models),
        verdict=found.verdict, sentence=sentence(found, null, provider), score=found.score, p_value=found.p_value,
        p_newcomer=found.p_newcomer,
        p_parametric=found.p_parametric, log_lr=found.log_lr, nearest_rival=found.nearest_rival, candidates=candidates,
        hypotheses=hypotheses(found, provider, sibling, closer, runs), clues=_clues(sight, i, j), runs=runs,
        calibration=Calibration(
            innocents=_innocents(sight, i, j), control_models=null.models, control_families=null.families,
            floor=1.0 / (null.units + 1), cllr=evidence.CLLR, log_lr_cap=evidence.cap(null), power=known,
            text=_ground(null)
            + _references(sight)
            + _noise(noise_floor(corpus, corpus.model(suspect), corpus.model(teacher))),
        ),
        tree_members=members, tree=branches, would_change=would_change(found, null, bool(known), len(part.prompts)),
        limits=LIMITS if lineage.declared else (_UNDECLARED, *LIMITS), provenance={"stillwatch": __version__},
    )  # fmt: skip


_UNDECLARED = (
    "Nobody declared which models are controls: every other model was taken as one, each as its own family. One "
    "student of the teacher among them hides the suspect."
)


def _silent(text: str, share: float) -> None:
    del text, share


def _enough(null: Null, suspect: str, teacher: str, lineage: Lineage) -> None:
    if null.enough:
        return
    remedy = "Ask more of them with `stillwatch provenance probe`" if lineage.declared else "Ask more models"
    kinds = " and declare their kind (native or human) in --lineage" if lineage.declared else ""
    raise BadInput(
        f"{suspect} against {teacher}: {null.models} control models of {null.families} families; at least "
        f"{FEWEST_MODELS} models of {FEWEST_FAMILIES} families are needed, none of the suspect's family or of "
        f"the teacher's provider. {remedy}{kinds}."
    )


def _ground(null: Null) -> str:
    return (
        f"An innocent unit is one family, or a blend of two, against one provider; its score is its models' highest. "
        f"{null.units:,} units were made of {null.families} families ({null.models} models): they are not independent. "
        f"The families alone, against this teacher only, would give no p below {1 / (null.families + 1):.2g}. "
        f"The likelihood ratio was calibrated on {evidence.CALIBRATED_ON}, one suspect family left out at a time."
    )


def _references(sight: Panel) -> str:
    beside = sight.reader.beside
    if beside is None:
        return ""
    return (
        f" The suspect, and every innocent in its place, is known by {len(sight.corpus.prompts)} questions; in "
        f"openings, wording and habits the models that it is compared with are known by {len(beside.corpus.prompts)}."
    )


def _noise(floor: NoiseFloor | None) -> str:
    if floor is None:
        return ""
    return (
        f" Asked {floor.prompts} prompts twice, the suspect agrees with itself at {floor.itself:.2f}, with the teacher "
        f"at {floor.teacher:.2f}, with the other models at {floor.others:.2f} (mean cosine of word pairs)."
    )


def _sibling(sight: Panel, i: int, j: int) -> tuple[str | None, bool]:
    """The closest other control of the teacher's provider, and whether the suspect is at least as close to it."""
    standing = sight.standing
    same = np.flatnonzero(standing.control & (standing.providers == standing.providers[j]))
    same = same[(same != j) & (same != i)]
    near = sight.closeness[i]
    same = same[np.isfinite(near[same])]
    if not len(same):
        return None, False
    best = int(same[int(np.argmax(near[same]))])
    return sight.corpus.models[best], bool(near[best] >= near[j])


def _innocents(sight: Panel, i: int, j: int) -> tuple[Innocent, ...]:
    families, providers = sight.standing.families, sight.standing.providers
    return tuple(
        Innocent(model=sight.corpus.models[k], family=str(families[k]), provider=str(providers[k]), score=score)
        for k, score in sight.innocents.controls(i, j)
    )


def _candidates(sight: Panel, suspect: str, teacher: str) -> tuple[Candidate, ...]:
    """Every possible teacher, best first: the providers' own models, and the one asked about."""
    standing, i = sight.standing, sight.corpus.model(suspect)
    possible = standing.rival & (standing.families != standing.families[i])
    names = [name for name, one in zip(sight.corpus.models, possible, strict=True) if one or name == teacher]
    judged = [sight.judge(suspect, name) for name in names if name != suspect]
    provider_of = [str(standing.providers[sight.corpus.model(one.teacher)]) for one in judged]
    adjusted = _over_providers([one.p_value for one in judged], provider_of)
    rows = [
        Candidate(
            teacher=one.teacher, provider=provider, family=str(standing.families[sight.corpus.model(one.teacher)]),
            score=one.score if np.isfinite(one.score) else None, p_value=one.p_value, p_adjusted=p,
            asked=one.teacher == teacher,
        )
        for one, provider, p in zip(judged, provider_of, adjusted, strict=True)
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.score is None, -(row.score or 0.0), row.teacher)))


def _over_providers(p_values: Sequence[float | None], providers: Sequence[str]) -> list[float | None]:
    """Holm's over providers, not versions: an innocent unit is already the highest over a provider's models."""
    best: dict[str, float] = {}
    for p, provider in zip(p_values, providers, strict=True):
        if p is not None:
            best[provider] = min(p, best.get(provider, 1.0))
    factor = {}
    for (provider, p), adjusted in zip(best.items(), significance.holm(list(best.values())), strict=True):
        factor[provider] = (adjusted or p) / p
    return [None if p is None else min(1.0, p * factor[q]) for p, q in zip(p_values, providers, strict=True)]


def _clues(sight: Panel, i: int, j: int) -> tuple[Clue, ...]:
    controls = shown_controls(sight, i, j)
    scored = {signal: _signal_score(sight, signal, i, j) for signal in SIGNALS}
    adjusted = significance.holm([p for _, p, _ in scored.values()])
    clues = []
    for (signal, (score, p_value, innocents)), p in zip(scored.items(), adjusted, strict=True):
        clues.append(
            Clue(
                name=signal.name,
                title=signal.title,
                counted=bool(signal.group),
                score=score,
                p_value=p_value,
                p_adjusted=p,
                innocents=innocents,
                text=signal.text if score is not None else f"{signal.text} {_blind(signal)}",
                exhibits=exhibits(sight, signal, i, j, controls) if score is not None else (),
            )
        )
    return tuple(sorted(clues, key=lambda clue: (not clue.counted, clue.score is None, -(clue.score or 0.0))))


def _signal_score(sight: Panel, signal: Signal, i: int, j: int) -> tuple[float | None, float | None, tuple[float, ...]]:
    """(score, p, innocents) in standard deviations of the innocent controls; None where the signal cannot judge."""
    value = float(sight.alone[signal][i, j])
    alone = np.array([score for _, score in sight.innocents.controls(i, j, signal)])
    null = sight.innocents.null(i, j, signal)
    if not np.isfinite(value) or len(alone) < 3 or alone.std() < 1e-9:
        return None, None, ()
    scale, middle = alone.std(), alone.mean()
    p_value = significance.conformal(value, null) if null.units else None
    return float((value - middle) / scale), p_value, tuple(float(one) for one in (alone - middle) / scale)


def _blind(signal: Signal) -> str:
    if signal.how == "refusals":
        return "Cannot judge: suspect, teacher or too many controls refused fewer than five questions."
    return "Cannot judge: too few models have such answers."
