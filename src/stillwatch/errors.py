"""What can go wrong, in words for the person who must mend it, and the exit status that the command ends with."""

from __future__ import annotations

__all__ = ["BadEngine", "BadInput", "BadLake", "BadSettings", "BadState", "NothingToRead", "StillwatchError"]


class StillwatchError(Exception):
    """An error that names the file, the place and the remedy. Never holds a secret or a prompt's text."""

    exit_status = 1


class BadSettings(StillwatchError):
    """A flag, an environment variable or a settings file cannot be used (exit status 2, as for usage)."""

    exit_status = 2


class BadInput(StillwatchError):
    """A file cannot be read as what it claims to be (exit status 3)."""

    exit_status = 3


class NothingToRead(BadInput):
    """No file, or no usable row, where some were promised (exit status 4)."""

    exit_status = 4


class BadLake(StillwatchError):
    """The lake is damaged, locked by a running ingest, or was written by another version (exit status 5)."""

    exit_status = 5


class BadEngine(StillwatchError):
    """The SQL engine is not installed, cannot be reached, or failed (exit status 6)."""

    exit_status = 6


class BadState(StillwatchError):
    """The folder of a watch is damaged, in use by another one, or was written by another version (exit status 7)."""

    exit_status = 7
