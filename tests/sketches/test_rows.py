from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.sketches.buffers import text_of
from stillwatch.sketches.kernel import KEPT
from stillwatch.sketches.keys import constants
from stillwatch.sketches.lexicon import LANGUAGES, SCORES, SKILLS
from stillwatch.sketches.rows import HASHES, IDS, Rows, sketch_texts

SKELETON = HASHES.index("skeleton")
BANDS = slice(HASHES.index("band_0"), HASHES.index("band_3") + 1)


def rows(*texts: str | None) -> Rows:
    return sketch_texts(text_of(pa.array(texts, pa.string())), constants(None))


def skeletons(*texts: str) -> list[int | None]:
    found = rows(*texts)
    return [int(h) if p else None for h, p in zip(found.hashes[:, SKELETON], found.present[:, SKELETON], strict=True)]


TEMPLATES = {
    "alpaca": "Below is an instruction that describes a task.\n\n### Instruction:\n{}\n\n### Response:",
    "labels": "Question: {}\nAnswer:",
    "trailing": "Q: {}\nA: Let's think step by step.",
    "role": "You are a careful translator for legal texts. Translate: {}",
    "ahead": "Summarise the following article in 3 sentences:\n\n{}",
    "back": "{}\nIf the answer of the above question is 4, what was asked?",
    "chinese": "以下是一道考试的选择题，请选出正确的答案。\n{}\n答案：",
    "xml": "<document>\n{}\n</document>\n<answer>",
}
SLOTS = [
    "What is the largest lake of Finland, and how deep is it in its deepest place?",
    "He said that 12 ships left. None of them came back, \"so\" they built 14 more!",
    "湖有多深？",
    "one two three four five six seven eight nine ten eleven twelve, a long and winding road to nowhere at all",
]  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES)
def test_one_template_one_skeleton(name: str) -> None:
    found = skeletons(*(TEMPLATES[name].replace("{}", slot) for slot in SLOTS))
    assert None not in found
    assert len(set(found)) == 1


def test_different_templates_differ() -> None:
    found = [skeletons(template.replace("{}", SLOTS[0]))[0] for template in TEMPLATES.values()]
    assert len(set(found)) == len(TEMPLATES)


@pytest.mark.parametrize(
    "text", ["hello", "How do I reset my card?", "write a poem about autumn rain in the mountains"]
)
def test_free_text_has_none(text: str) -> None:
    assert skeletons(text) == [None]


@pytest.mark.parametrize(
    ("score", "text", "least"),
    [
        ("asks_reasoning", "Explain your chain of thought inside <think> tags.", 900),
        ("asks_reasoning", "Denke Schritt für Schritt und zeige deinen vollständigen Gedankengang", 900),
        ("asks_reasoning", "请逐步思考并给出完整的推理过程", 900),
        ("asks_reasoning", "ステップバイステップで考えて、推論過程を示してください", 900),
        ("asks_grading", "Which response is better, A or B?", 700),
        ("asks_grading", "请从1到10分评价以下两个回答，并说明哪个更好", 900),
        ("asks_grading", "Оцени ответы по шкале от 1 до 10 по следующим критериям", 900),
        ("asks_generation", "Generate 20 diverse instructions", 700),
        ("asks_generation", "Rewrite this prompt to be more complex", 850),
        ("asks_generation", "다양한 질문 20개를 생성하세요", 700),
        ("asks_generation", "20 विविध प्रश्न बनाएं", 700),
        ("dataset_shape", "Return JSON with the keys question and answer in this format: {\"question\": \"\"}", 700),
    ],
)  # fmt: skip
def test_what_is_asked_for_scores_high_and_alone(score: str, text: str, least: int) -> None:
    found = rows(text).scores[0]
    assert found[SCORES.index(score)] >= least
    others = [k for k, name in enumerate(SCORES) if name not in (score, "dataset_shape")]
    assert (found[others] < 300).all()


@pytest.mark.parametrize(
    "text",
    [
        "what is the capital of france",
        "thanks, that worked!",
        "My tyre is flat. Where can I have it changed?",
        "谢谢你，今天天气怎么样",
    ],
)
def test_ordinary_talk_scores_low(text: str) -> None:
    assert (rows(text).scores[0] < 80).all()


@pytest.mark.parametrize(
    ("skill", "text"),
    [
        ("coding", "Write a Python function that sorts an array"),
        ("reasoning", "Solve the equation 3x + 5 = 20. How many solutions are there?"),
        ("grading", "Rate both responses from 1 to 10 by this rubric"),
        ("generation", "Come up with 20 diverse tasks for students"),
        ("translation", "Переведи это на английский"),
        ("extraction", "Summarize the article below"),
        ("agentic", "You have access to the following tools. Use the tool by a function call."),
        ("chat", "I feel a bit lonely today"),
    ],
)
def test_skills(skill: str, text: str) -> None:
    assert SKILLS[rows(text).skill[0]] == skill


def test_offered_tools_make_a_request_agentic() -> None:
    text = text_of(pa.array(["is it raining in Oslo"] * 2))
    found = sketch_texts(text, constants(None), tools=np.array([True, False]))
    assert [SKILLS[k] for k in found.skill] == ["agentic", "chat"]


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "what is the time"), ("de", "wie spät ist es"), ("fr", "quelle est la date"), ("es", "qué hora es"),
     ("pt", "que horas são para você"), ("ru", "который час и что это"), ("uk", "що це та як"), ("zh", "现在几点"),
     ("ja", "今は何時ですか"), ("ko", "지금 몇 시야"), ("ar", "ما هو هذا"), ("fa", "این چه است"), ("hi", "यह क्या है"),
     ("th", "กี่โมง"), ("el", "τι ώρα είναι"), ("latin", "zxqj vwpl")],
)  # fmt: skip
def test_languages(language: str, text: str) -> None:
    assert LANGUAGES[rows(text).language[0]] == language


def test_nothing_to_read() -> None:
    found = rows(None, "", " \n ", "123")
    assert not found.present[:3].any()
    assert found.present[3, 0]
    assert (found.language == -1).all()
    assert not found.content[:3].any()


@given(st.integers(0, 60))
@settings(max_examples=12, deadline=None)
def test_bands_collide_as_overlap_says(changed: int) -> None:
    """Of 300 pairs with a known Jaccard overlap, the share that meets in a band is near overlap to the fourth."""
    left, right = [], []
    generator = np.random.default_rng(changed)
    for _ in range(300):
        words = [f"w{n}" for n in ["".join(chr(97 + d) for d in generator.integers(0, 26, 6)) for _ in range(62)]]
        left.append(" ".join(words))
        right.append(" ".join(words[changed:] + [word[::-1] for word in words[:changed]]))
    same = rows(*left).hashes[:, BANDS] == rows(*right).hashes[:, BANDS]
    shared = max(60 - changed, 0)
    overlap = shared / (120 - shared)
    assert abs(same.mean() - overlap**4) < 0.08


def test_windows_of_one_subject_lie_close_and_of_two_apart() -> None:
    generator = np.random.default_rng(5)

    def window(vocabulary: str) -> np.ndarray:  # type: ignore[type-arg]
        words = vocabulary.split()
        texts = [" ".join(generator.choice(words, 12)) for _ in range(200)]
        ids = rows(*texts).content
        return np.bincount(ids[ids > 0], minlength=1 << 16) / len(texts)

    cooking = "bake flour oven butter sugar the of a cake whisk eggs pan boil salt and pepper taste"
    sailing = "mast wind sail the of a harbour anchor knot tide and rudder deck crew storm rope keel"
    near = np.linalg.norm(window(cooking) - window(cooking))
    assert near * 3 < np.linalg.norm(window(cooking) - window(sailing))


def test_content_is_a_set_of_words_and_pairs_and_near_prompts_share_a_cell() -> None:
    text = "Explain how the tides of the sea depend on the moon and on the shape of the coast"
    found = rows(text, text + ".", text.upper(), "x", text + " " + text)
    words, pairs = found.content[:, :KEPT], found.content[:, KEPT:]
    assert (words[0] > 0).sum() == len(set(text.lower().split()))
    assert ((words < IDS) & ((pairs == 0) | (pairs >= IDS))).all()
    assert found.content[0].tolist() == found.content[1].tolist() == found.content[2].tolist()
    assert words[0].tolist() == words[4].tolist()  # said twice, it has no more words
    assert (found.content[3] > 0).sum() == 1
    assert found.topic[0] == found.topic[1] == found.topic[2]
    assert ((found.topic >= 0) & (found.topic < 4096)).all()


def test_counts_are_shared_within_a_group_and_added_as_priors() -> None:
    text = text_of(pa.array(["think step by step", "rate both responses by this rubric", "hello"]))
    first = sketch_texts(text, constants(None), groups=np.array([0, 0, -1]))
    assert first.features.shape[0] == 1
    hello = sketch_texts(
        text_of(pa.array(["hello", "hello"])), constants(None), priors=first.features,
        prior_rows=np.array([[0, -1]]),
    )  # fmt: skip
    assert hello.scores[0, 0] > 500 > hello.scores[1, 0]
    assert hello.scores[0, 1] > 500 > hello.scores[1, 1]


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("Who wrote it?\nA. Homer\nB. Virgil\nC. Dante", 900),
        ("Where is it?\n(a) here\n(b) there\n(c) nowhere", 900),
        ("Question: who wrote the Odyssey?\nAnswer:", 900),
        ("Q: who wrote the Odyssey?\nA:", 900),
        ("Frage: Wer schrieb die Odyssee?\nAntwort:", 900),
        ("以下是一道单项选择题。\nＡ、荷马\nＢ、维吉尔\nＣ、但丁\n答案：", 950),
        ("Choose the correct option: true or false?", 450),
        ("Выберите правильный ответ: да или нет", 450),
    ],
)
def test_a_closed_answer_is_seen(text: str, least: int) -> None:
    assert rows(text).scores[0][SCORES.index("asks_choice")] >= least


@pytest.mark.parametrize(
    "text",
    [
        "Solve it step by step and explain your answer.",
        "Question: who wrote the Odyssey?\nAnswer: Homer\nNow say why that is doubted.",
        "Q: who wrote the Odyssey?\nA: Let's think step by step.",
        "A. Smith wrote to B. Jones and to C. Brown about the harvest.",
        "A: good morning\nB: good morning to you",
        "1. wake up\n2. eat\n3. work\nWrite a story about it.",
        "Answer:",
    ],
)
def test_an_open_answer_is_not_closed(text: str) -> None:
    assert rows(text).scores[0][SCORES.index("asks_choice")] < 150
