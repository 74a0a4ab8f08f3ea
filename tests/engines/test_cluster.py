import socket
import sys
from collections.abc import Iterator

import pytest

from stillwatch.engines import cluster
from stillwatch.engines.cluster import connect, megabytes
from stillwatch.errors import BadEngine

TOKEN = "dapi-0123456789"  # noqa: S105 - nobody's


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port where something takes connections and closes them at once, which is no Spark."""
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("size", "mebibytes"),
    [("4GB", 3814), ("4 GiB", 4096), ("512MB", 488), ("1.5gb", 1430), ("1", 1), ("2TB", 1907348)],
)
def test_sizes_are_read_as_duckdb_reads_them(size: str, mebibytes: int) -> None:
    assert megabytes(size) == mebibytes


@pytest.mark.parametrize("size", ["", "much", "4 parsecs", "-1GB", "80%"])
def test_what_is_no_size_is_named(size: str) -> None:
    with pytest.raises(BadEngine, match="4GB"):
        megabytes(size)


@pytest.mark.parametrize("address", ["spark://127.0.0.1:9", "spark://127.0.0.1:9,127.0.0.1:10", "sc://127.0.0.1:9"])
def test_a_host_that_does_not_answer_is_told_at_once(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_need_java", lambda engine: None)
    with pytest.raises(BadEngine, match="cannot be reached") as raised:
        connect(address, memory="1GB")
    assert address in str(raised.value)


@pytest.mark.parametrize("address", ["sc://nowhere.invalid:443", "spark://host:port"])
def test_a_name_that_leads_nowhere(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_need_java", lambda engine: None)
    with pytest.raises(BadEngine, match="cannot be reached"):
        connect(address, memory="1GB")


def test_a_host_that_speaks_something_else(deaf: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(builder: object) -> None:
        raise ConnectionError(f"rpc to 127.0.0.1 with token {TOKEN} failed")

    session = pytest.importorskip("pyspark.sql.connect.session")
    monkeypatch.setattr(session.SparkSession.Builder, "create", refuse)
    with pytest.raises(BadEngine, match="no Spark Connect session begins") as raised:
        connect(f"sc://127.0.0.1:{deaf}/;token={TOKEN};use_ssl=true", memory="1GB")
    assert TOKEN not in str(raised.value)
    assert raised.value.__cause__ is None and raised.value.__suppress_context__


def test_a_server_that_is_older_than_the_client(deaf: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(builder: object) -> None:
        raise ValueError("invalid argument: unsupported PySpark version: 9.9.9")

    session = pytest.importorskip("pyspark.sql.connect.session")
    monkeypatch.setattr(session.SparkSession.Builder, "create", refuse)
    with pytest.raises(BadEngine, match="Install an older one"):
        connect(f"sc://127.0.0.1:{deaf}", memory="1GB")


def test_without_java_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(BadEngine, match="Java 17"):
        connect("local[2]", memory="1GB")


def test_a_java_home_that_holds_no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(BadEngine, match="JAVA_HOME"):
        connect("local[2]", memory="1GB")


@pytest.mark.parametrize(("address", "module"), [("local[2]", "pyspark"), ("sc://127.0.0.1:{port}", "pyspark")])
def test_without_the_extra_the_remedy_is_named(
    address: str, module: str, deaf: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BadEngine, match=r"stillwatch\[spark\]"):
        connect(address.format(port=deaf), memory="1GB")


@pytest.mark.parametrize(
    ("address", "cores"), [("local[3]", 3), ("local-cluster[2,4,1024]", 8), ("local-cluster[1,1,512]", 1)]
)
def test_a_local_master_shuffles_into_as_many_parts_as_it_has_cores(address: str, cores: int) -> None:
    assert cluster._cores(address) == cores
    assert cluster._cores("local[*]") >= 1 and cluster._cores("local") >= 1
