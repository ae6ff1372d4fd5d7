"""A certificate authority and server certificates, made with the `openssl` command for one test run."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Authority:
    """A self-signed CA in a folder of its own.

    Attributes:
        folder: where its files are.
        ca_file: its certificate, PEM.
    """

    folder: Path
    ca_file: Path

    def server_context(self, name: str, *, days: int = 2) -> ssl.SSLContext:
        """A server's TLS context with a certificate of this CA for `name` (as in `DNS:localhost`)."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.certificate(name, days=days))
        return context

    def certificate(self, name: str, *, days: int = 2) -> tuple[Path, Path]:
        """A certificate of this CA for `name`, and its key: the files of both."""
        stem = self.folder / f"{name.replace(':', '-')}-{days}"
        key, request, certificate = (stem.with_suffix(end) for end in (".key", ".csr", ".pem"))
        extensions = stem.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={name}\n")
        _openssl("req", "-new", *_NEW_KEY, "-keyout", key, "-out", request, "-subj", "/CN=server")
        _openssl(
            *("x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", self.folder / "ca.key"),
            *("-CAcreateserial", "-extfile", extensions, "-days", str(days), "-out", certificate),
        )
        return certificate, key


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def make_authority(folder: Path) -> Authority:
    """A new CA with its files in `folder`."""
    ca_file = folder / "ca.pem"
    _openssl(
        *("req", "-x509", *_NEW_KEY, "-keyout", folder / "ca.key", "-out", ca_file, "-days", "2"),
        *("-subj", "/CN=Test CA", "-addext", "keyUsage=critical,keyCertSign"),
    )
    return Authority(folder, ca_file)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
