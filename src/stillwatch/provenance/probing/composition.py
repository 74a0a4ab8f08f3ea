"""A half of a probe set, composed from a key: the published half from a public one, the other from a case's secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stillwatch.errors import BadSettings
from stillwatch.provenance.probing.draws import Draws
from stillwatch.provenance.probing.grammar import load_grammar, load_written
from stillwatch.provenance.probing.likeness import ALIKE, Likeness
from stillwatch.provenance.probing.questions import STRATA, Half, Probe, prompt_id_of

__all__ = ["MOST_A_STRATUM", "PUBLIC_KEY", "REPEATS", "chosen_strata", "compose", "composed_published"]

PUBLIC_KEY = b"stillwatch published probes, version 1"
REPEATS = 10  # samples of each probe of the repeat stratum
MOST_A_STRATUM = 400
_TRIES = 60  # frames tried for one probe before the set is said to be too large for the grammar


def chosen_strata(names: Iterable[str], each: int | None) -> dict[str, int]:
    """How many probes of which stratum a half shall hold; all strata where no name is given."""
    wanted = list(dict.fromkeys(names)) or list(STRATA)
    if unknown := [name for name in wanted if name not in STRATA]:
        raise BadSettings(f"--stratum {unknown[0]}: not a stratum. Known: {', '.join(STRATA)}.")
    if each is not None and not 1 <= each <= MOST_A_STRATUM:
        raise BadSettings(f"--per-stratum {each}: ask for 1 to {MOST_A_STRATUM}.")
    return {name: STRATA[name] if each is None else each for name in wanted}


def compose(
    key: bytes, half: Half, sizes: Mapping[str, int], *, apart_from: Iterable[str] = (),
    given: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Probe, ...]:  # fmt: skip
    """`sizes[stratum]` probes of each stratum, none nearly like another or like one of `apart_from`.

    `given` are prompts that come first. The same key and sizes give the same probes; a stratum's probes do not depend
    on which other strata are asked for.
    """
    probes: list[Probe] = []
    public = tuple(apart_from)
    for stratum, size in sizes.items():
        first = (given or {}).get(stratum, ())[:size]
        prompts = list(first) + _drawn(key, stratum, size - len(first), Likeness((*public, *first)))
        repeat = REPEATS if stratum == "repeats" else 1
        probes += (
            Probe(prompt_id=prompt_id_of(stratum, prompt), stratum=stratum, half=half, prompt=prompt, repeat=repeat)
            for prompt in prompts
        )
    return tuple(probes)


def _drawn(key: bytes, stratum: str, size: int, seen: Likeness) -> list[str]:
    grammar = load_grammar()
    draws = Draws(key, stratum)
    prompts: list[str] = []
    waiting: list[tuple[str, ...]] = []
    tries = 0
    while len(prompts) < size:
        # Every frame comes once before one comes again, so that no set leans on a few of them.
        waiting = waiting or draws.shuffled(grammar.frames(stratum))
        texts = grammar.render(stratum, waiting.pop(), draws)
        tries += 1
        if tries > _TRIES * size:
            raise BadSettings(f"stratum {stratum}: no {size} probes that differ enough. Ask for fewer a stratum.")
        if any(seen.nearest(text) >= ALIKE for text in texts):
            continue
        for text in texts:
            seen.add(text)
        prompts += texts
    return prompts[:size]


def composed_published() -> tuple[Probe, ...]:
    """The published half as this version's words make it: what is written by hand, then what the public key draws."""
    return compose(PUBLIC_KEY, "published", STRATA, given=load_written())
