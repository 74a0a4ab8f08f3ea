"""Real clusters of two workers each: Sail's over Spark Connect, Spark's with an executor process a worker."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

WAIT_S = 60.0
SAIL = {
    "SAIL_MODE": "local-cluster",
    "SAIL_CLUSTER__WORKER_INITIAL_COUNT": "2",
    "SAIL_CLUSTER__WORKER_MAX_COUNT": "2",
    "SAIL_CLUSTER__WORKER_TASK_SLOTS": "64",  # a union of 17 tables wants a slot a branch and partition
    "SAIL_EXECUTION__DEFAULT_PARALLELISM": "2",
    "RUST_LOG": "off",
}
# On small tables Spark spends its time on compiling; none of this changes a row.
SPARK = """
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss4m
spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.sql.adaptive.enabled false
"""


@pytest.fixture(scope="session")
def sail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Sail server in a process of its own, whose two workers talk over gRPC and Arrow Flight."""
    if importlib.util.find_spec("pysail") is None:
        pytest.skip("pysail is not installed: make setup")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pysail", "spark", "server", "--port", str(port)]
    folder = tmp_path_factory.mktemp("sail")
    server = subprocess.Popen(  # noqa: S603
        command, env=os.environ | SAIL, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + WAIT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < until, "the Sail server does not start"
                time.sleep(0.1)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=WAIT_S)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Spark of two executors, each a Java machine of its own, that starts with the first engine."""
    package = importlib.util.find_spec("pyspark")
    if package is None or package.origin is None:
        pytest.skip("pyspark is not installed: make setup")
    if shutil.which("java") is None:
        pytest.skip("no Java: apt-get install openjdk-17-jre-headless")
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(SPARK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        logs = Path(package.origin).parent / "work"  # where executors of a local-cluster write, whatever is set
        before = set(logs.glob("app-*"))
        yield "local-cluster[2,1,1024]"
        for log in set(logs.glob("app-*")) - before:
            shutil.rmtree(log, ignore_errors=True)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder that this machine and every worker see: all run here."""
    return tmp_path / "scratch"
