"""Stillwatch finds campaigns that distil a language model through its API, in the provider's own logs."""

__all__ = ["__version__"]

__version__ = "0.1.0"
