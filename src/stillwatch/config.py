"""Settings: flags first, then `STILLWATCH_…` in the environment, then `stillwatch.toml`, then these defaults."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from pydantic import Field, ValidationError, field_serializer, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from stillwatch.errors import BadSettings

__all__ = ["Settings", "load_settings", "shown_engine"]

ENGINE = re.compile(r"duckdb|local|local\[(\d+|\*)\]|local-cluster\[\d+,\d+,\d+\]|spark://[^\s/]+|sc://[^\s/;]+(/.*)?")


class Settings(BaseSettings):
    """Everything a user may set. The false-campaign budget is the only threshold: all cut-offs follow from it."""

    model_config = SettingsConfigDict(
        env_prefix="STILLWATCH_", toml_file="stillwatch.toml", extra="forbid", frozen=True
    )

    budget: float = Field(1.0, gt=0, description="expected false campaigns per month")
    seed: int = Field(0, ge=0, description="seed of every random choice")
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, description="worker threads and processes")
    engine: str = Field("duckdb", repr=False, description="where the SQL runs: here, or on a Spark cluster")
    memory: str = Field("4GB", description="memory limit of the SQL engine")
    spill: str = Field("20GB", description="most disk that the SQL engine may use for spilling")
    scratch: Path = Field(default_factory=lambda: Path(tempfile.gettempdir()), description="folder for spilling")
    hash_key_file: Path | None = Field(None, description="file with the secret that keys hashes when text is forgotten")
    asn_table: Path | None = Field(None, description="address ranges to autonomous systems: MMDB, Parquet or CSV")

    @field_validator("engine")
    @classmethod
    def _known_engine(cls, engine: str) -> str:
        if ENGINE.fullmatch(engine) is None:
            raise ValueError("write duckdb, spark://HOST:PORT, sc://HOST:PORT, local[N] or local-cluster[N,CORES,MB]")
        return engine

    @field_serializer("engine")
    def _without_token(self, engine: str) -> str:
        return shown_engine(engine)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**flags: object) -> Settings:
    """Settings with those flags that were given (None means: not given). Raises BadSettings naming each fault."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise BadSettings(f"settings cannot be used: {faults}. See docs/settings.md.") from None
    except (SettingsError, ValueError, OSError) as error:  # not TOML, not UTF-8, not readable
        kind = type(error).__name__
        raise BadSettings(f"stillwatch.toml: cannot be read as TOML in UTF-8 ({kind}). See docs/settings.md.") from None


def shown_engine(engine: str) -> str:
    """The engine's address as it may be shown: `sc://host:443/;token=…` without what follows the host."""
    scheme, mark, rest = engine.partition("://")
    return f"{scheme}{mark}{re.split('[/;?]', rest)[0].rpartition('@')[2]}" if mark else engine
