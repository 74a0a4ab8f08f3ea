"""A Spark 4 cluster, or anything that speaks Spark Connect (Sail, Databricks), behind the five verbs.

The lake and `scratch` must lie on storage that every worker sees under the same path as this machine: files are
registered by path, and what is kept goes through Parquet in `scratch`. So nothing is computed twice, no worker holds
what another needs, and it works where a server has no cache of its own.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.config import shown_engine
from stillwatch.engines.cluster import connect, megabytes
from stillwatch.engines.columns import plain_schema, plain_table
from stillwatch.engines.dialect import relations, spark_sql
from stillwatch.errors import BadEngine

__all__ = ["SparkEngine"]

PROBE_ROWS = 1024


class SparkEngine:
    """Runs the SQL on the cluster at `engine`: `spark://…`, `local[…]`, `local-cluster[…]` or `sc://…`.

    `memory` bounds the driver beside this process, `spill` what `scratch` may hold; the workers' bounds are the
    cluster's own. Raises BadEngine, in opening and in every verb.
    """

    name = "spark"

    def __init__(self, engine: str, *, scratch: Path, memory: str = "4GB", spill: str = "20GB"):
        self._shown = shown_engine(engine)
        self._most = megabytes(spill) * 2**20
        self._session, self._stops = connect(engine, memory=memory)
        self._folder = scratch.absolute() / f"stillwatch-{secrets.token_hex(8)}"
        self._kept: dict[str, tuple[Path, int]] = {}  # name to folder and bytes of what this engine wrote
        self._views: dict[str, str] = {}  # in the order that they were made
        self._made = 0
        try:
            self._share()
        except BaseException:
            self.close()
            raise

    def register(self, name: str, source: pa.Table | Sequence[Path]) -> None:
        if isinstance(source, pa.Table):
            folder = self._fresh(name)
            with self._told(f"bringing {name} there"):
                folder.mkdir()
                pq.write_table(plain_table(source), folder / "part-0.parquet", compression="zstd", store_schema=False)
                self._point(name, [folder], plain_schema(source.schema))
            self._keep(name, folder)
            return
        with self._told(f"reading {name}"):
            self._point(name, source, plain_schema(pq.read_schema(source[0])))

    def view(self, name: str, sql: str) -> None:
        with self._told(f"naming {name}"):
            self._session.sql(spark_sql(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {sql}"))
        self._views.pop(name, None)
        self._views[name] = sql
        self._follow(name)

    def materialise(self, name: str, sql: str) -> int:
        folder = self._fresh(name)
        with self._told(f"making {name}"):
            frame = self._session.sql(spark_sql(sql))
            frame.write.parquet(_url(folder))
            self._read(name, [folder], frame.schema)
        return self._keep(name, folder)

    def fetch(self, sql: str) -> pa.Table:
        with self._told("fetching rows"):
            return plain_table(self._session.sql(spark_sql(sql)).toArrow())

    def scalar(self, sql: str) -> object:
        rows = self.fetch(sql)
        return rows.column(0)[0].as_py() if rows.num_rows else None

    def close(self) -> None:
        """Forget the names, give the cluster back, remove what was kept."""
        try:
            if self._stops:
                self._session.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> SparkEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        """Spark's errors, without their text: it holds queries, and may hold values of the log."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            yield
        except (PySparkException, Py4JError, OSError, pa.ArrowException) as error:
            condition = getattr(error, "getCondition", lambda: None)()
            kind = " ".join(filter(None, (type(error).__name__, condition)))
            raise BadEngine(
                f"{self._shown}: failed at {doing} ({kind}). Look into the cluster's log; STILLWATCH_DEBUG=1 shows all."
            ) from error

    def _fresh(self, name: str) -> Path:
        self._made += 1
        return self._folder / f"{name}-{self._made}"

    def _point(self, name: str, source: Sequence[Path], schema: pa.Schema) -> None:
        from pyspark.sql.pandas.types import from_arrow_schema

        self._read(name, source, from_arrow_schema(schema))

    def _read(self, name: str, source: Sequence[Path], schema: Any) -> None:
        """The schema is given, so that no job reads footers and an empty folder is a table without rows."""
        paths = [_url(path) for path in source]
        reader = self._session.read.schema(schema).option("recursiveFileLookup", "true")
        reader.parquet(*paths).createOrReplaceTempView(name)
        self._views.pop(name, None)
        self._follow(name)

    def _follow(self, name: str) -> None:
        """Views over a name that means something new: DuckDB and Spark follow by name, Sail keeps the old rows."""
        for view in [view for view, sql in self._views.items() if name in relations(sql)]:
            self.view(view, self._views[view])

    def _keep(self, name: str, folder: Path) -> int:
        """Note what lies in the folder; returns its rows. The footers are read here: no job only counts."""
        files = [path for path in folder.glob("*.parquet") if path.stat().st_size]
        before = self._kept.get(name)
        self._kept[name] = folder, sum(path.stat().st_size for path in files)
        if before is not None:
            shutil.rmtree(before[0], ignore_errors=True)
        if sum(size for _, size in self._kept.values()) > self._most:
            raise BadEngine(
                f"{self._folder}: holds more than the setting `spill` allows. Raise it, or scan fewer days."
            )
        return sum(pq.read_metadata(path).num_rows for path in files)

    def _share(self) -> None:
        """Rows must survive the way here and there: a folder that only looks shared would lose them silently."""
        try:
            self._folder.mkdir(parents=True)
        except OSError as error:
            raise BadEngine(f"{self._folder}: {error.strerror}. Set `scratch` to a folder to write in.") from None
        wanted = "Set `scratch` to a folder that this machine and every worker can read and write under the same path."
        try:
            self.register("shared_probe", pa.table({"n": range(PROBE_ROWS)}))
            folder = self._fresh("probe")
            with self._told("writing into `scratch`"):
                self._session.range(PROBE_ROWS).write.parquet(_url(folder))
            returned = self._keep("shared_probe_kept", folder)
            arrived = self.scalar("SELECT CAST(count(*) AS BIGINT) AS n FROM shared_probe")
        except (BadEngine, OSError, pa.ArrowException) as error:
            raise BadEngine(f"{self._shown}: the workers cannot use {self._folder}. {wanted}") from error
        if (returned, arrived) != (PROBE_ROWS, PROBE_ROWS):
            raise BadEngine(f"{self._shown}: the workers see another {self._folder} than this machine. {wanted}")


def _url(path: Path) -> str:
    """Of a path on every machine. Raises BadEngine where a cluster would take characters in it for a pattern."""
    whole = str(path.absolute())
    if re.search(r"[*?\[\]{}\\%,]", whole):
        raise BadEngine(
            f"{path}: a cluster cannot read a path with any of * ? [ ] {{ }} \\ % , in it. Rename the folder."
        )
    return f"file://{whole}"
