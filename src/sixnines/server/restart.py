"""What of a config takes effect at the next start only. Pure."""

from sixnines.config.snapshot import ServerSpec


def needs_restart(old: ServerSpec, new: ServerSpec) -> list[str]:
    """The keys in which `new` differs from what only a restart can change."""
    changed = {
        "server.listen": (old.host, old.port) != (new.host, new.port),
        "server.max_body": old.max_body != new.max_body,
    }
    return [key for key, differs in changed.items() if differs]
