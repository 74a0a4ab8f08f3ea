"""Text to columns that need no text: hashes, MinHash bands, content bytes, elicitation scores, networks."""

from stillwatch.sketches.accounts import account_columns
from stillwatch.sketches.hashing import hash_column, hash_strings
from stillwatch.sketches.networks import Networks
from stillwatch.sketches.table import sketch

__all__ = ["Networks", "account_columns", "hash_column", "hash_strings", "sketch"]
