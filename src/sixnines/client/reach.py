"""Which gateway a command speaks to: the one that runs for a config file, or the one that is named.

Never starts one, and never falls back from the one that is named to another.
"""

from pathlib import Path

from sixnines.client.gateway import GatewayClient
from sixnines.config.secret import Secret
from sixnines.control import presence
from sixnines.errors import GatewayUnreachable


def running(store: Path) -> GatewayClient | None:
    """The gateway that runs here for a config file, if one does.

    Args:
        store: the folder of the file's revisions (`control.archive.folder_of`).

    Raises:
        GatewayUnreachable: one does, and it is somebody else's.
    """
    try:
        found = presence.find(store)
    except PermissionError:
        raise GatewayUnreachable(
            "a gateway runs for this config under another user, who alone can reach its socket; ask as that user, or "
            "with --gateway URL and --admin-key"
        ) from None
    return None if found is None else GatewayClient.at_socket(Path(found.socket))


def named(url: str, admin_key: Secret | None) -> GatewayClient:
    """The gateway at an address.

    Raises:
        GatewayUnreachable: this is no address.
    """
    return GatewayClient.at_url(url, admin_key)
