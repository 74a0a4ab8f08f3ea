"""Keys for marks: names, the master, derivation, the register, and the commitment that is published before a test."""

from stillwatch.provenance.watermark.keys.commitment import (
    Commitment,
    Plan,
    check,
    check_file,
    commit,
    read_commitment,
)
from stillwatch.provenance.watermark.keys.derivation import KEY_BYTES, commitment_key, derive, derive_all
from stillwatch.provenance.watermark.keys.master import Master, new_master, read_master
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.keys.opening import Opening, check_opening, open_key, read_opening
from stillwatch.provenance.watermark.keys.register import (
    Register,
    Standing,
    add_keys,
    change_state,
    read_register,
    rotate,
)

__all__ = [
    "KEY_BYTES",
    "Commitment",
    "KeyName",
    "Master",
    "Opening",
    "Plan",
    "Register",
    "Standing",
    "add_keys",
    "change_state",
    "check",
    "check_file",
    "check_opening",
    "commit",
    "commitment_key",
    "derive",
    "derive_all",
    "new_master",
    "open_key",
    "read_commitment",
    "read_master",
    "read_opening",
    "read_register",
    "rotate",
]
