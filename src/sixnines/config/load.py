"""From a file to a snapshot: the one way in. Reads the file, the files it names and the environment it is given.

Never raises for anything that a file can hold or fail to hold: what is wrong is a diagnostic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sixnines.config.checks import run_checks
from sixnines.config.checks.interface import subject_of
from sixnines.config.compile import compile_snapshot
from sixnines.config.decode import decode
from sixnines.config.diagnostics import Diagnostic, DocumentPath, Finding, Severity, error, quoted, spell, warning
from sixnines.config.document import Document, secret_references
from sixnines.config.nodes import Node, locate
from sixnines.config.report import count, in_order, plural, render_text, split_lines
from sixnines.config.secret import Secret
from sixnines.config.secret_refs import resolve_secrets
from sixnines.config.snapshot import Snapshot
from sixnines.config.sources import SourceFile, digest_of
from sixnines.config.yaml_tree import parse_yaml
from sixnines.domain.kind import Catalog

_MAX_FILE = 8 * 1024 * 1024  # bytes; 2,000 models are half a megabyte
_UNREAD = Secret("not-read")
_PEM_MARK = b"-----BEGIN "  # RFC 7468, section 2
_MODEL_IS_A_FILE = frozenset({"llamacpp", "llamacpp-python"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a config.

    Attributes:
        name: the file, as the user gave it.
        snapshot: None if there are errors.
        document: what the file says, or None if it could not be read so far; defaults stand where it had errors.
        diagnostics: in the order of the file.
        lines: of the file, for excerpts. Show them through `report` only: they may hold what should not be there.
        sources: the files that it is made of, as they were read, the named one first; empty if it could not be read.
    """

    name: str
    snapshot: Snapshot | None
    document: Document | None
    diagnostics: tuple[Diagnostic, ...]
    lines: tuple[str, ...] = field(default=(), repr=False)
    sources: tuple[SourceFile, ...] = field(default=(), repr=False)

    def report(self, *, colour: bool = False) -> str:
        """All diagnostics with excerpts, and one line that sums up."""
        return render_text(self.diagnostics, self.lines, colour=colour) + self.summary() + "\n"

    def summary(self) -> str:
        """Such as `lab.yaml: 3 errors, 1 warning`, or `lab.yaml: fine (5 providers, 3 models, 1 route)`."""
        problems = count(self.diagnostics)
        document = self.document
        if self.snapshot is None or document is None:
            return f"{self.name}: {problems}"
        numbers = {"provider": len(document.providers), "model": len(document.models), "route": len(document.routes)}
        parts = [plural(number, noun) for noun, number in numbers.items() if number]
        contents = f"fine ({', '.join(parts)})" if parts else "fine"
        return f"{self.name}: {contents}" + (f", {problems}" if problems else "")


def read_config(path: Path, environment: Mapping[str, str] | None, catalog: Catalog) -> Loaded:
    """Read the config in `path`.

    Args:
        path: the file.
        environment: where `env:NAME` references look; None: see `read_text`.
        catalog: what is built in.
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE + 1)
    except OSError as problem:
        return _unreadable(name, f"cannot be read: {problem.strerror}")
    if len(content) > _MAX_FILE:
        return _unreadable(name, f"larger than {_MAX_FILE // 1024**2} MiB: not a config")
    return read_sources([SourceFile(path.name, content)], name, environment, catalog, directory=path.parent)


def read_sources(
    sources: Sequence[SourceFile],
    name: str,
    environment: Mapping[str, str] | None,
    catalog: Catalog,
    *,
    directory: Path,
) -> Loaded:
    """Read a config from files that have been read before.

    Args:
        sources: the files, the one that the operator names first.
        name: what to call that one in the diagnostics.
        environment: where `env:NAME` references look; None: see `read_text`.
        catalog: what is built in.
        directory: what relative paths in the files are relative to.
    """
    content = sources[0].content
    try:
        text = content.decode()
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode()
        lines = split_lines(before)
        return _unreadable(name, "not UTF-8", line=len(lines), column=len(lines[-1]) + 1)
    return read_text(text, name, environment, catalog, directory=directory)


def read_text(
    text: str, name: str, environment: Mapping[str, str] | None, catalog: Catalog, *, directory: Path = Path()
) -> Loaded:
    """Read a config from text.

    Args:
        text: the YAML.
        name: what to call it in the diagnostics.
        environment: where `env:NAME` references look. None: nothing that the config names is looked for, neither
            variables nor files, and the snapshot serves to plan with, not to send.
        catalog: what is built in.
        directory: what relative paths in the text are relative to.
    """
    lines = tuple(split_lines(text))
    sources = (SourceFile(Path(name).name, text.encode()),)
    tree = parse_yaml(text, name)
    if tree.root is None:
        return Loaded(name, None, None, in_order(tree.problems), lines, sources)
    decoded = decode(tree.root, name)
    problems = [*tree.problems, *decoded.problems]
    if decoded.document is None:
        return Loaded(name, None, None, in_order(problems), lines, sources)
    document = decoded.document
    findings: list[Finding] = []
    if environment is None:
        secrets = {reference: _UNREAD for _, reference in secret_references(document)}
    else:
        secrets, findings = resolve_secrets(document, environment, directory)
        findings += _missing_files(document, directory)
        findings += _missing_service_files(document, directory)
    findings += run_checks(subject_of(document, catalog, decoded.unusable), sound=not problems)
    snapshot = None
    if not problems and not any(each.severity is Severity.ERROR for each in findings):
        result = compile_snapshot(document, catalog, secrets=secrets, digest=digest_of(sources), directory=directory)
        if isinstance(result, Snapshot):
            snapshot = result
        else:
            findings += result
    problems += [_located(each, tree.root, name) for each in findings]
    return Loaded(name, snapshot, document, in_order(problems), lines, sources)


def _unreadable(name: str, message: str, *, line: int = 1, column: int = 1) -> Loaded:
    problem = Diagnostic(Severity.ERROR, name, line, column, "", message)
    return Loaded(name, None, None, (problem,))


def _located(finding: Finding, root: Node, file: str) -> Diagnostic:
    line, column = locate(root, finding.path)
    return Diagnostic(finding.severity, file, line, column, spell(finding.path), finding.message, finding.hint)


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
            with (directory / provider.tls.ca_file).open("rb") as file:
                content = file.read(_MAX_FILE)
        except (OSError, ValueError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else "not a path"
            findings.append(error(path, f"the file {shown} cannot be read: {reason}"))
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
