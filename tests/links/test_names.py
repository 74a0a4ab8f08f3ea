import pyarrow as pa

from stillwatch.engines import DuckDBEngine
from stillwatch.links.channels import CHANNELS
from stillwatch.links.names import TraitNames


def test_trait_names_are_words_where_the_log_has_words(engine: DuckDBEngine) -> None:
    names = [channel.name for channel in CHANNELS]
    email, stack, release = names.index("email"), names.index("stack"), names.index("release")
    engine.register("trait_labels", pa.table({"channel": [email], "value": [3], "label": ["a.a9@mail.test"]}))
    labels = TraitNames(engine).labels([(email, 3), (stack, -1), (release, 100_007)])
    assert labels == {
        (email, 3): "a.a9@mail.test",
        (stack, -1): "f" * 16,
        (release, 100_007): "hour 7 after the release",
    }
