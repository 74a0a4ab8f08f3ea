"""Invented campaigns and a scan around them, as the pipeline hands them to the console."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import NormalDist
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st

from stillwatch.findings import Campaign, Cost, Judgement, Link, Reason, Rival, Target
from stillwatch.inquiry import (
    Branch,
    Calibration,
    Candidate,
    Clue,
    Exhibit,
    Hypothesis,
    Innocent,
    Inquiry,
    Member,
    Passage,
    Power,
    SharedRun,
)  # fmt: skip
from stillwatch.marks import (
    CommitmentCheck,
    DecoyCheck,
    KeyResult,
    Ledger,
    MarkedSpan,
    MarkInquiry,
    PowerPoint,
    RivalStory,
)  # fmt: skip

START = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def make_campaign(**changes: Any) -> Campaign:
    """A hydra ring under alert, whose reasons add up to its log likelihood ratio; `changes` replace fields."""
    ring = Campaign(
        id="C-7f3a91",
        status="alert",
        accounts=412,
        exchanges=74_310,
        tokens=61_204_112,
        first_seen=START,
        last_seen=START + timedelta(days=13),
        p_value=3.2e-41,
        q_value=0.0004,
        harvest_log_lr=13.6,
        kinds=("reasoning distillation", "agentic traces"),
        reasons=(
            Reason(
                code="S201",
                name="Asks for reasoning",
                weight=6.9,
                text="61 % of its exchanges ask to write the reasoning out; 2 % among honest tenants.",
                examples=("e-0001", "e-0417"),
                family="elicitation",
            ),
            Reason(code="S105", name="Even load", weight=4.4, text="Load index 1.07 over 412 accounts; honest 31."),
            Reason(code="S300", name="New model rush", weight=3.5, text="58 % moved to the new model in a day."),
            Reason(
                code="LK01",
                name="shared-payment",
                weight=3.26,
                text="64 % of the members share one value of payment bin.",
                family="coordination",
            ),
            Reason(code="S220", name="Answers are used", weight=-1.2, text="4 % of sessions go on after the answer."),
        ),
        rivals=(
            Rival(
                name="enterprise with one shared template",
                verdict="refuted",
                supporting=("one system prompt",),
                against=("212 payment cards", "no shared domain", "no contract"),
            ),
            Rival(name="viral launch", verdict="refuted", against=("activity does not decay", "payments bunched")),
            Rival(name="benchmark runner", verdict="possible", supporting=("wide topic cover",), against=()),
            Rival(name="reseller", verdict="unknown"),
        ),
        targets=(
            Target(skill="coding", share=0.46, exchanges=34_182),
            Target(skill="agentic", share=0.31, exchanges=23_036),
            Target(skill="reasoning", share=0.23, exchanges=17_092),
        ),
        cost=Cost(tokens=61_204_112, dollars=742.5, exchanges_per_day=5307.9),
        links=(
            Link(channel="payment_bin", group="payment", value="531462", share=0.64, base=0.004, weight=5.1),
            Link(channel="stack", group="software", value="9f31c0de77aa01b2", share=0.93, base=0.021, weight=3.8),
            Link(channel="email_shape", group="identity", value="a.a99@a.a", share=0.81, base=0.06, weight=2.6),
            Link(channel="skeleton", group="task", value="41be09d2f5c3aa10", share=0.55, base=0.0003, weight=7.5),
        ),
        judgements=(
            Judgement(
                code="S201",
                name="reasoning-elicitation",
                family="elicitation",
                group_id="g1",
                value=0.61,
                base=0.02,
                p_value=0.0008,
                tenants=1904,
                weight=6.9,
                examples=("e-0001",),
            ),
            Judgement(
                code="S110", name="logprob-harvest", family="tokens", group_id="g1", value=None, text="no logprobs"
            ),
        ),
        daily=tuple(
            ((START + timedelta(days=d)).date().isoformat(), 5300 + 190 * (d * 7 % 11) + (3000 if d == 8 else 0))
            for d in range(14)
        ),
        verdict="412 accounts with one toolkit ask for reasoning on most requests; no innocent explanation holds.",
    )
    return msgspec.structs.replace(ring, **changes)


def make_scan() -> dict[str, Any]:
    """The facts of a scan, as scan.json holds them."""
    return {
        "stillwatch": "0.1.0",
        "python": "3.11.2",
        "duckdb": "2.0.0",
        "started": "2026-03-16T09:00:00+00:00",
        "seconds": 48.2,
        "inputs": ["/var/log/llm/lake"],
        "settings": {"budget": 1.0, "memory": "4GB", "threads": 2},
        "seed": 0,
        "read": {
            "exchanges": 1_204_331,
            "accounts": 29_871,
            "accounts_known": 29_871,
            "first": "2026-03-02T00:00:03+00:00",
            "last": "2026-03-15T23:59:58+00:00",
            "days": 14.0,
        },
        "quarantined": {"rows": 17, "reasons": [{"reason": "no timestamp", "rows": 17, "example": "a.jsonl byte 991"}]},
        "coverage": [
            {"column": "prompt", "share": 1.0, "meaning": "the last user message"},
            {"column": "user_agent", "share": 0.871, "meaning": "as sent"},
            {"column": "tls_fingerprint", "share": 0.42, "meaning": "JA4 or JA3"},
            {"column": "logprobs", "share": 0.0, "meaning": "token log-probabilities asked for"},
        ],
        "signals": [
            {"code": "S201", "name": "reasoning-elicitation", "judges": True, "missing": []},
            {"code": "S110", "name": "logprob-harvest", "judges": False, "missing": ["logprobs", "top_logprobs"]},
        ],
        "links": [{"channel": "payment_bin", "group": "payment", "traits": 1180}],
        "steps": [
            {"name": "traits", "seconds": 11.0, "peak_memory_mb": 811.0, "rows": 412_000},
            {"name": "pairs", "seconds": 21.4, "peak_memory_mb": 1624.0, "rows": 88_000},
        ],
        "groups": {"candidates": 41, "alert": 1, "review": 1, "declared": 1},
        "budget": {
            "false_campaigns_per_month": 1.0,
            "days": 14.0,
            "allowed_here": 0.46,
            "p_cut": 0.011,
            "log_lr_cut": 4.5,
            "log_lr_cut_kernel": 8.1,
        },
        "calibration": {"tested": 41, "decoys": 38, "decoys_beyond_cut": 0},
        "releases": [{"model": "strata-5", "released_at": "2026-03-10T00:00:00+00:00"}],
    }


SHARED = "as a careful assistant I would rather not guess"


def make_exhibit(place: int, value: float) -> Exhibit:
    """A prompt to which suspect and teacher wrote the same marked run and three controls did not."""

    def passage(model: str, text: str) -> Passage:
        start = text.find(SHARED)
        return Passage(model=model, text=text, marks=((start, start + len(SHARED)),) if start >= 0 else ())

    same = value > 0
    answer = f"# On question {place}\n\nWell, {SHARED}.\n\n- first\n- second\n"
    return Exhibit(
        prompt_id=f"q-{place:03d}", prompt=f"What is the weight of thing {place}?", value=value,
        text="Both decline in the same words." if same else "Only the teacher declines.",
        suspect=passage("pupil-7b", answer if same else f"It weighs {place} grams."),
        teacher=passage("tutor-1", answer),
        controls=tuple(passage(f"control-{n}", f"About {place * n} grams, I think.") for n in (1, 2, 3)),
    )  # fmt: skip


def make_inquiry(**changes: Any) -> Inquiry:
    """A case that supports "taught by tutor-1", with 24 innocents in 8 families; `changes` replace fields."""
    innocents = tuple(
        Innocent(
            model=f"control-{n}", family=f"family-{n % 8}", provider=f"house {n % 5}", score=(n * 7 % 24) / 8 - 1.6
        )
        for n in range(24)
    )
    members = (
        Member(model="pupil-7b", family="pupil", provider="", role="suspect"),
        Member(model="tutor-1", family="tutor", provider="Tutors", role="teacher"),
        Member(model="tutor-2", family="tutor", provider="Tutors", role="sibling"),
        Member(model="other-1", family="other", provider="Others", role="rival"),
        Member(model="control-1", family="family-1", provider="house 1", role="control"),
    )
    branches = ((1, 2, 0.2), (0, 5, 0.31), (3, 4, 0.6), (6, 7, 0.9))
    case = Inquiry(
        suspect="pupil-7b", teacher="tutor-1", benchmark="questions", prompts=805, models=41, verdict="supports",
        sentence="pupil-7b resembles tutor-1 more than any of 24 innocent models in 8 families does (p = 0.04).",
        score=4.2, p_value=0.04, p_parametric=0.0031, log_lr=2.7, nearest_rival="other-1",
        candidates=(
            Candidate(teacher="other-1", provider="Others", family="other", score=-0.4, p_value=0.6, p_adjusted=1.0),
            Candidate(
                teacher="tutor-1", provider="Tutors", family="tutor", score=4.2, p_value=0.04, p_adjusted=0.12,
                asked=True,
            ),
            Candidate(teacher="mute-1", provider="Mute", family="mute", score=None, p_value=None, p_adjusted=None),
        ),
        hypotheses=(
            Hypothesis(name="Taught by tutor-1", standing="supported", text="No innocent scores as high."),
            Hypothesis(name="By a sibling or the web", standing="cannot be told apart", text="tutor-2 fits as well."),
            Hypothesis(name="Independent", standing="not supported", text="p = 0.04."),
        ),
        clues=(
            Clue(
                name="code", title="Comments in code", text="Too few answers hold code: 3 of 20 that are needed.",
                counted=True,
            ),
            Clue(
                name="skeleton", title="Function words", text="Which little words follow each other.", counted=True,
                score=3.9, p_value=0.04, p_adjusted=0.08, innocents=tuple(n / 4 - 1 for n in range(8)),
                exhibits=tuple(make_exhibit(n, 2.5 - n) for n in range(5)),
            ),
            Clue(
                name="refusals", title="Refusal sentences", text="Which sentences they decline with.", counted=False,
                score=0.2, p_value=0.41, p_adjusted=0.41, innocents=tuple(n / 3 - 1 for n in range(8)),
            ),
        ),
        runs=(
            SharedRun(text="it may depend", prompt_id="q-009", controls_with=7, controls=24, families_with=4),
            SharedRun(text=SHARED, prompt_id="q-000", controls_with=0, controls=24),
        ),
        calibration=Calibration(
            innocents=innocents, control_models=24, control_families=8, floor=0.04, cllr=0.27, log_lr_cap=2.9,
            power=tuple(
                Power(share=share, level=level, power=min(1.0, share * (1 + level)))
                for share in (0.3, 0.6, 1.0)
                for level in (0.05, 0.01)
            ),
            text="Every control family was left out in turn.",
        ),
        tree_members=members,
        tree=tuple(Branch(left=left, right=right, distance=distance) for left, right, distance in branches),
        would_change=("Ten more control families would let p fall to 0.02.",),
        limits=("Answers of 2023 only.",),
        provenance={"outputs": "sha256 5d41402a"},
    )  # fmt: skip
    return msgspec.structs.replace(case, **changes)


def make_key(level: str, place: int, **changes: Any) -> KeyResult:
    """A key of our own that had no part: its score is where chance puts the one of this place."""
    z = NormalDist().inv_cdf((place * 37 % 97 + 0.5) / 97)
    own = KeyResult(
        key_id=f"{place:04x}{level[:1].encode().hex()}a9c1d2e3f4"[:16], level=level, epoch="2026-Q3", z=z,
        cohort="" if level == "provider" else f"C-{place % 7}", account=f"a-{place:04d}" if level == "account" else "",
        log10_p=math.log10(1 - NormalDist().cdf(z)), log10_p_adjusted=0.0, rank=40 + place,
    )  # fmt: skip
    return msgspec.structs.replace(own, **changes)


def make_mark(**changes: Any) -> MarkInquiry:
    """A student of the answers of one campaign: its cohort's key and one of its accounts' are in it."""
    decoys = tuple(sorted(NormalDist().inv_cdf((place + 0.5) / 1000) for place in range(1000)))
    found = {"accused": True, "rank": 1}
    keys = (
        make_key("provider", 1, z=9.7, log10_p=-21.3, log10_p_adjusted=-21.3, **found),
        make_key("cohort", 2, cohort="C-7f3a91", z=13.5, log10_p=-40.5, log10_p_adjusted=-39.6, **found),
        *(make_key("cohort", place) for place in range(3, 12)),
        make_key("account", 12, account="a-0417", cohort="C-7f3a91", z=6.1, log10_p=-9.2, log10_p_adjusted=-7, **found),
        make_key("account", 13, z=None, log10_p=None, log10_p_adjusted=None, rank=None, text="no text of that epoch"),
        *(make_key("account", place) for place in range(14, 24)),
    )  # fmt: skip
    case = MarkInquiry(
        kind="radioactivity", suspect="pupil-7b", access="closed", scheme="kgw .25/2, width 1", verdict="marked",
        sentence="pupil-7b was trained on text that carries our mark: p < 1e-12 after correction over 23 keys.",
        tokens=50_000, pairs=31_204, level=1e-6, weight="anscombe against reference base-1", dominance=0.09, keys=keys,
        decoys=DecoyCheck(
            count=1000, z=decoys, deviation=0.98, beyond_5=0.051, lowest_log10_p=-3.2, log10_p_uniform=-0.3, sound=True,
            text="Deviation within .9 to 1.15.",
        ),
        spans=(
            MarkedSpan(document="answer-17", key_id=keys[1].key_id, start=120, end=410, log10_p_adjusted=-14.0,
                       document_tokens=900, start_character=512, end_character=1804, text="as it was written there"),
            MarkedSpan(document="answer-17", key_id=keys[1].key_id, start=600, end=660, log10_p_adjusted=-3.4,
                       document_tokens=900),
            MarkedSpan(document="answer-18", key_id=keys[1].key_id, start=0, end=80, log10_p_adjusted=-4.0),
        ),
        growth=tuple((tokens, -40.5 * tokens / 50_000) for tokens in (1_000, 5_000, 10_000, 20_000, 50_000)),
        power=tuple(
            PowerPoint(tokens=tokens, share=share, level=1e-6, log10_p=-share * 80 * tokens / 50_000,
                       power=min(1.0, share * share * 10 * tokens / 50_000))
            for tokens in (50_000, 200_000)
            for share in (0.01, 0.05, 0.1, 0.2, 0.5, 1.0)
        ),
        rivals=(
            RivalStory(name="Spoofed by another", standing="not tested", text="Too little text for that test."),
            RivalStory(name="Picked up from the web", standing="possible", text="Answers of C-7f3a91 were published."),
            RivalStory(name="The prompt repeated", standing="ruled out", text="Pairs in prompts are not scored."),
        ),
        commitment=CommitmentCheck(root="5d41402abc4b2a76" * 4, committed_at="2026-09-01", keys=23, holds=True),
        ledger=(
            Ledger(account="a-0417", cohort="C-7f3a91", exchanges=51_022, first_seen="2026-03-02",
                   last_seen="2026-03-15", campaign="C-7f3a91", text="closed on 2026-03-16"),
        ),
        would_change=("Four times as many tokens would show single accounts.",),
        limits=("One tokenizer.",),
        provenance={"stillwatch": "0.1.0", "texts": "sha256 5d41402a", "seed": "0"},
    )  # fmt: skip
    return msgspec.structs.replace(case, **changes)


@pytest.fixture(scope="session")
def mark() -> Callable[..., MarkInquiry]:
    return make_mark


@pytest.fixture(scope="session")
def mark_key() -> Callable[..., KeyResult]:
    return make_key


@pytest.fixture
def inquiry() -> Callable[..., Inquiry]:
    return make_inquiry


@pytest.fixture
def campaign() -> Callable[..., Campaign]:
    return make_campaign


@pytest.fixture
def scan() -> dict[str, Any]:
    return make_scan()


@pytest.fixture
def browse(parse_page: Callable[[str], Any], tmp_path: Path) -> Callable[[Path], Any]:
    """`browse(path)` is the hostile page as a real browser holds it, where no string ran and nothing was asked for."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    if browser is None:
        pytest.skip("no chromium found: apt-get install chromium")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom"]
    own = ["--enable-logging=stderr", f"--user-data-dir={tmp_path}/profile"]

    def opened(path: Path) -> Any:
        command = [browser, *flags, *own, path.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603
        seen = parse_page(done.stdout)
        assert "<title>owned" not in done.stdout
        assert not {"script", "img", "iframe", "link"} & set(seen.elements)
        assert not [name for name, _ in seen.attributes if name.startswith("on")]
        assert all(link.startswith("#") for link in seen.values("href"))
        assert "Refused to" not in done.stderr, "nothing even tried to break the page's policy"
        return seen

    return opened


@pytest.fixture(scope="session")
def odd_facts() -> st.SearchStrategy[dict[str, Any]]:
    """Facts as another version, or a careless hand, may leave them: parts missing, of another shape, out of range."""
    junk: st.SearchStrategy[Any] = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )

    def mangled(part: Any) -> st.SearchStrategy[Any]:
        if isinstance(part, list):
            return st.lists(st.one_of([mangled(row) for row in part] or [junk]), max_size=2) | junk
        if isinstance(part, dict):
            return st.fixed_dictionaries({}, optional={key: st.just(value) | junk for key, value in part.items()})
        return st.just(part) | junk

    return st.fixed_dictionaries({}, optional={key: mangled(part) for key, part in make_scan().items()})
