"""Imports and exports for tests: what comes out is a config, or the test fails."""

from sixnines.adapters.lab.importing import import_lab
from sixnines.adapters.litellm.exporting import export_litellm
from sixnines.adapters.litellm.importing import import_litellm
from sixnines.config.load import read_text
from sixnines.registry import CATALOG


class Result:
    """What came of an import."""

    def __init__(self, imported):
        assert imported.text is not None, [each.render() for each in imported.problems]
        self.text = imported.text
        self.variables = imported.variables
        self.written = imported.written
        self.entries = imported.entries
        loaded = read_text(self.text, "new.yaml", dict.fromkeys(imported.variables, "k"), CATALOG)
        assert loaded.snapshot is not None, f"{loaded.report()}\n{self.text}"
        self.snapshot = loaded.snapshot
        self.document = loaded.document
        self.warnings = loaded.diagnostics

    @property
    def models(self):
        return self.document.models

    @property
    def providers(self):
        return self.document.providers

    def told(self, path):
        """What became of one key: its fate and the reason."""
        (entry,) = [each for each in self.entries if each.path == path]
        return str(entry.fate), entry.reason

    def fate(self, path):
        """What became of one key, in a word."""
        return self.told(path)[0]


def from_litellm(text) -> Result:
    """LiteLLM's config, imported."""
    return Result(import_litellm(text, "config.yaml", CATALOG))


def refused(text) -> list[str]:
    """Why LiteLLM's config cannot be imported."""
    imported = import_litellm(text, "config.yaml", CATALOG)
    assert imported.text is None
    return [each.render() for each in imported.problems]


def from_lab(texts) -> Result:
    """The lab's files, imported."""
    return Result(import_lab(texts, "lab", CATALOG))


def to_litellm(text):
    """One of our configs, exported."""
    loaded = read_text(text, "sixnines.yaml", None, CATALOG)
    assert loaded.snapshot is not None, loaded.report()
    return export_litellm(loaded.document, {"sixnines.yaml": text}, CATALOG)


def one_model(params, info="", rest=""):
    """A LiteLLM config with one model `m`; `params` and `info` are flow mappings without their braces."""
    info = f"\n    model_info: {{{info}}}" if info else ""
    return f"model_list:\n  - model_name: m\n    litellm_params: {{{params}}}{info}\n{rest}"
