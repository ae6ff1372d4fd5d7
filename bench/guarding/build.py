"""Which build of Python this is, for what depends on it."""

import hashlib
import platform
import sys
import sysconfig


def build_key() -> str:
    """Such as `cpython-3.11.7-1a2b3c4d`: the version, and a digest of how it was built.

    Builds with the same key come from the same compiler with the same switches, wherever they were installed to.
    """
    base = sys.base_prefix
    switches = [str(sysconfig.get_config_var(name)).replace(base, "") for name in ("CONFIG_ARGS", "PY_CFLAGS", "OPT")]
    how = "\n".join((platform.machine(), platform.python_compiler(), *switches))
    digest = hashlib.sha256(how.encode()).hexdigest()[:8]
    return f"{sys.implementation.name}-{platform.python_version()}-{digest}"
