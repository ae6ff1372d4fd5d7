"""Where the ledger of a config is. Pure: never looks whether there is one."""

import hashlib
from pathlib import Path

_DIGITS = 16


def ledger_file(state_home: Path, config: str) -> Path:
    """The file: gateways of different configs on one machine do not mix, those of the same config add up.

    Named by the config file's absolute path, as the store of its revisions is (ADR 0019).

    Args:
        state_home: `$XDG_STATE_HOME/sixnines`.
        config: the absolute path of the config file.
    """
    digest = hashlib.sha256(config.encode("utf-8", "surrogateescape")).hexdigest()
    return state_home / "ledger" / f"{digest[:_DIGITS]}.db"
