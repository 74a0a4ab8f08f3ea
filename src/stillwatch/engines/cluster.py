"""Sessions on a cluster: an address becomes a Spark session, or an error that says what is missing."""

from __future__ import annotations

import logging
import math
import os
import re
import shutil
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stillwatch.config import shown_engine
from stillwatch.errors import BadEngine

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["connect", "megabytes"]

REACHED_S = 10.0  # how long a host may take to answer at all
WORKERS_S = 120.0  # how long a cluster may take to lend the first worker
UNITS = {"": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
# What decides the meaning of a query is the same on every cluster, whatever its defaults are.
MEANING = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # a sum that overflows is an error, as in DuckDB, and not another number
    "spark.sql.caseSensitive": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
EXTRA = "Install the extra: pip install 'stillwatch[spark]'."


def megabytes(size: str) -> int:
    """`4GB`, `512 MiB`, … in whole MiB, at least 1. Raises BadEngine."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", size)
    if found is None or found[2].upper() not in UNITS:
        raise BadEngine("the setting `memory` or `spill` is no size. Write a number and a unit, such as 4GB.")
    return max(1, math.floor(float(found[1]) * UNITS[found[2].upper()] / 2**20))


def connect(engine: str, *, memory: str) -> tuple[Any, bool]:
    """A session of its own on the cluster at `engine`, and whether closing it may stop the whole application.

    `sc://…` is Spark Connect; `spark://…`, `local[…]` and `local-cluster[…]` start a driver in a Java machine beside
    this process, with `memory` at most. Raises BadEngine, never with a token in it.
    """
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # pyspark's: it prints queries and values
    return (_connect(engine), True) if engine.startswith("sc://") else _drive(engine, memory)


def _connect(engine: str) -> Any:
    shown = shown_engine(engine)
    _reach(shown, [shown.removeprefix("sc://")], 15002)
    try:
        from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise BadEngine(f"{shown}: the Spark Connect client is not complete ({error.name}). {EXTRA}") from None
    try:
        session = SparkSession.builder.remote(engine).create()
        for name, value in MEANING.items():
            session.conf.set(name, value)
        session.sql("SELECT 1 AS one").toArrow()
    except Exception as error:  # gRPC and Spark raise many kinds, and their texts may hold the address with its token
        if "unsupported PySpark version" in str(error):  # Sail's words
            raise BadEngine(f"{shown}: this server does not know pyspark {_version()}. Install an older one.") from None
        raise BadEngine(
            f"{shown}: a host answers, but no Spark Connect session begins ({type(error).__name__}). "
            "Check port, token and TLS (`;use_ssl=true`), and that the server runs Spark 4, Sail or Databricks."
        ) from None
    return session


def _drive(engine: str, memory: str) -> tuple[Any, bool]:
    try:
        from pyspark import SparkContext
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise BadEngine(f"{engine}: {error.name} is not installed. {EXTRA}") from None
    _need_java(engine)
    if engine.startswith("spark://"):
        _reach(engine, engine.removeprefix("spark://").split(","), 7077)
    ours = SparkContext._active_spark_context is None
    most = f"{megabytes(memory)}m"
    given = MEANING | {
        "spark.driver.memory": most,
        "spark.driver.maxResultSize": most,
        "spark.log.level": "FATAL",  # errors come back as ours, without values of the log
        "spark.ui.showConsoleProgress": "false",  # it would write into what a program reads
    }
    if engine.startswith("local"):
        given |= {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": str(_cores(engine))}
        given |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    builder = SparkSession.builder.master(engine).appName("stillwatch")
    for name, value in given.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        raise BadEngine(
            f"{engine}: Spark does not start ({type(error).__name__}). Look at its lines above; it needs Java 17 or "
            "later, and a cluster must run the Spark version that is installed here."
        ) from error
    if ours and not engine.startswith("local["):
        _need_workers(engine, session)
    own = session.newSession()  # names of its own; what was set on a session before it does not come along
    for name, value in MEANING.items():
        own.conf.set(name, value)
    return own, ours


def _version() -> str:
    import pyspark

    return str(pyspark.__version__)


def _cores(engine: str) -> int:
    """Cores of a `local…` master: partitions of a shuffle on one machine need not be more."""
    numbers = [int(number) for number in re.findall(r"\d+", engine)]
    if engine.startswith("local-cluster"):
        return max(1, numbers[0] * numbers[1])
    return numbers[0] if numbers else os.cpu_count() or 1


def _need_java(engine: str) -> None:
    home = os.environ.get("JAVA_HOME")
    if (home and (Path(home) / "bin" / "java").exists()) or (not home and shutil.which("java")):
        return
    raise BadEngine(
        f"{engine}: no Java here. Install Java 17 or later (Debian: apt-get install openjdk-17-jre-headless) or set "
        "JAVA_HOME; or use Spark Connect (sc://HOST:PORT), which needs none."
    )


def _need_workers(engine: str, session: Any) -> None:
    """A cluster without a free worker would keep the first query waiting for ever."""
    tracker = session.sparkContext._jsc.sc().statusTracker()
    until = time.monotonic() + WORKERS_S
    while len(tracker.getExecutorInfos()) < 2:  # the driver is one of them
        if time.monotonic() > until:
            session.stop()
            raise BadEngine(
                f"{engine}: the cluster lends no worker. Free one, or ask for less (spark.executor.memory and "
                "spark.cores.max in spark-defaults.conf)."
            )
        time.sleep(0.2)


def _reach(shown: str, hosts: Sequence[str], port: int) -> None:
    """Raises BadEngine where none of the hosts takes a connection."""
    reasons = []
    for host in hosts:
        try:
            place = urlsplit(f"//{host}")
            with socket.create_connection((place.hostname or "", place.port or port), timeout=REACHED_S):
                return
        except (OSError, ValueError) as error:
            reasons.append(str(getattr(error, "strerror", None) or type(error).__name__))
    raise BadEngine(f"{shown}: cannot be reached ({'; '.join(reasons)}). Check host, port and firewall.")
