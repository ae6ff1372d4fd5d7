"""From files to a snapshot: the one way in. Reads the file, what it names, and the environment it is given.

Never raises for anything that a file can hold or fail to hold: what is wrong is a diagnostic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sixnines.config.checks import run_checks
from sixnines.config.checks.interface import subject_of
from sixnines.config.compile import compile_snapshot
from sixnines.config.diagnostics import Diagnostic, DocumentPath, Finding, Severity, error, quoted, warning
from sixnines.config.document import Document, secret_references
from sixnines.config.files import FolderFiles, read_file
from sixnines.config.including import read_parts
from sixnines.config.joining import join
from sixnines.config.report import count, in_order, plural, render_text
from sixnines.config.secret import Secret
from sixnines.config.secret_refs import resolve_secrets
from sixnines.config.snapshot import Snapshot
from sixnines.config.sources import MOST_BYTES, TOO_LARGE, Files, SourceFile, StoredFiles, UnreadableError, digest_of
from sixnines.domain.kind import Catalog

_MOST_ROOTS = 8 * 1024 * 1024  # bytes; all roots of a system are a quarter of a megabyte
_MOST_TOLD = 1000  # diagnostics: the first ones say what is wrong, and a slip can be in every line of a file
_UNREAD = Secret("not-read")
_PEM_MARK = b"-----BEGIN "  # RFC 7468, section 2
_MODEL_IS_A_FILE = frozenset({"llamacpp", "llamacpp-python"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a config.

    Attributes:
        name: the file, as the user gave it.
        snapshot: None if there are errors.
        document: what the files say, or None if the first could not be read so far; defaults stand where they had
            errors.
        diagnostics: in the order of the files and of the lines in each; of very many the first ones.
        lines: of each file by its name in the diagnostics, for excerpts. Show them through `report` only: they may hold
            what should not be there.
        sources: the files that it is made of, as they were read, the named one first; empty if it could not be read.
        untold: how many diagnostics are left out.
    """

    name: str
    snapshot: Snapshot | None
    document: Document | None
    diagnostics: tuple[Diagnostic, ...]
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    sources: tuple[SourceFile, ...] = field(default=(), repr=False)
    untold: int = 0

    def report(self, *, colour: bool = False) -> str:
        """All diagnostics with excerpts, and one line that sums up."""
        return render_text(self.diagnostics, self.lines, colour=colour) + self.summary() + "\n"

    def summary(self) -> str:
        """Such as `lab.yaml: 3 errors, 1 warning`, or `lab.yaml: fine (5 providers, 3 models, 1 route)`."""
        problems = count(self.diagnostics) + (f", and {self.untold:,} more" if self.untold else "")
        document = self.document
        if self.snapshot is None or document is None:
            return f"{self.name}: {problems}"
        numbers = {"provider": len(document.providers), "model": len(document.models), "route": len(document.routes)}
        parts = [plural(number, noun) for noun, number in numbers.items() if number]
        if len(self.sources) > 1:
            parts.append(f"in {len(self.sources)} files")
        contents = f"fine ({', '.join(parts)})" if parts else "fine"
        return f"{self.name}: {contents}" + (f", {problems}" if problems else "")


def read_config(path: Path, environment: Mapping[str, str] | None, catalog: Catalog) -> Loaded:
    """Read the config in `path` and in the files that it includes.

    Args:
        path: the first file.
        environment: where `env:NAME` references look; None: see `read_text`.
        catalog: what is built in.
    """
    name = str(path)
    try:
        content = read_file(path, MOST_BYTES)
    except UnreadableError as problem:
        return _unreadable(name, f"the file {problem.reason}")
    if len(content) > MOST_BYTES:
        return _unreadable(name, f"the file is {TOO_LARGE}")
    first = SourceFile(path.name, content)
    return _read(first, name, FolderFiles(path.parent), _Surroundings(environment, catalog, path.parent))


def read_sources(
    sources: Sequence[SourceFile],
    name: str,
    environment: Mapping[str, str] | None,
    catalog: Catalog,
    *,
    directory: Path,
) -> Loaded:
    """Read a config from files that have been read before, and from these alone: what they include is among them.

    Args:
        sources: the files, the one that the operator names first.
        name: what to call that one in the diagnostics.
        environment: where `env:NAME` references look; None: see `read_text`.
        catalog: what is built in.
        directory: what relative paths in the files are relative to, but for those of files that are included.
    """
    return _read(sources[0], name, StoredFiles(sources), _Surroundings(environment, catalog, directory))


def read_text(
    text: str, name: str, environment: Mapping[str, str] | None, catalog: Catalog, *, directory: Path = Path()
) -> Loaded:
    """Read a config from text; it can include nothing.

    Args:
        text: the YAML.
        name: what to call it in the diagnostics.
        environment: where `env:NAME` references look. None: nothing that the config names is looked for, neither
            variables nor files (but those that it includes), and the snapshot serves to plan with, not to send.
        catalog: what is built in.
        directory: what relative paths in the text are relative to.
    """
    source = SourceFile(Path(name).name, text.encode())
    return read_sources([source], name, environment, catalog, directory=directory)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a config is read in."""

    environment: Mapping[str, str] | None
    catalog: Catalog
    directory: Path


def _read(first: SourceFile, name: str, files: Files, around: _Surroundings) -> Loaded:
    read = read_parts(first, name, files)
    lines = {each.name: each.lines for each in read.parts}
    sources = tuple(each.source for each in read.parts)
    joined = join(read.parts)
    problems = [*read.problems, *joined.problems]
    document = joined.document
    if document is None or not read.complete:
        # What is missing would be missed everywhere.
        told = in_order(problems, lines)
        return Loaded(name, None, document, told[:_MOST_TOLD], lines, sources, len(told[_MOST_TOLD:]))
    findings: list[Finding] = []
    if around.environment is None:
        secrets = {reference: _UNREAD for _, reference in secret_references(document)}
    else:
        secrets, findings = resolve_secrets(document, around.environment, around.directory)
        findings += _missing_files(document, around.directory)
        findings += _missing_service_files(document, around.directory)
    sound = not any(each.severity is Severity.ERROR for each in problems)
    subject = subject_of(document, around.catalog, joined.unusable)
    findings += run_checks(subject, sound=sound)
    snapshot = None
    if sound and not any(each.severity is Severity.ERROR for each in findings):
        digest = digest_of(sources)
        result = compile_snapshot(document, around.catalog, secrets=secrets, digest=digest, directory=around.directory)
        if isinstance(result, Snapshot):
            snapshot = result
        else:
            findings += result
    problems += [joined.origin.located(each) for each in findings]
    told = in_order(problems, lines)
    return Loaded(name, snapshot, document, told[:_MOST_TOLD], lines, sources, len(told[_MOST_TOLD:]))


def _unreadable(name: str, message: str) -> Loaded:
    return Loaded(name, None, None, (Diagnostic(Severity.ERROR, name, 1, 1, "", message),))


def _missing_files(document: Document, directory: Path) -> list[Finding]:
    """The files with roots that are not there, or hold none, and a folder that is not there to write to."""
    findings: list[Finding] = []
    log = document.server.decision_log
    if log is not None and not _is_folder((directory / log.path).parent):
        path: DocumentPath = ("server", "decision_log", "path")
        hint = "make it; nothing is recorded until it is there"
        findings.append(warning(path, f"the folder of {quoted(log.path)} is not there", hint=hint))
    for name, provider in document.providers.items():
        if provider.tls is None or provider.tls.ca_file is None:
            continue
        path = ("providers", name, "tls", "ca_file")
        shown = quoted(provider.tls.ca_file)
        try:
            content = read_file(directory / provider.tls.ca_file, _MOST_ROOTS)
        except UnreadableError as problem:
            findings.append(error(path, f"the file {shown} {problem.reason}"))
            continue
        if _PEM_MARK not in content:
            findings.append(error(path, f"the file {shown} holds no certificate in PEM form"))
    return findings


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # it may not be looked at, or is no path
        return False


def _missing_service_files(document: Document, directory: Path) -> list[Finding]:
    """What an engine is started with and is not there: it may come, so these are warnings."""
    findings: list[Finding] = []
    for name, provider in document.providers.items():
        service = provider.service
        if service is None:
            continue
        needed = {"directory": service.directory}
        if not service.command:
            needed["binary"] = service.binary if service.binary is not None and "/" in service.binary else None
            needed["model"] = service.model if provider.kind in _MODEL_IS_A_FILE else None
        for key, path in needed.items():
            if path is not None and not _is_there(directory / path):
                hint = "the engine cannot start without it"
                findings.append(warning(("providers", name, "service", key), f"{quoted(path)} is not there", hint=hint))
    return findings


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
