"""The providers that `model_list` speaks of: each address with each key once, and a name for it.

Never sends one provider's key to another: an entry without a key gets one only where the address is the vendor's own.
"""

from dataclasses import dataclass, field

from sixnines.adapters.draft import DraftProvider, free_name
from sixnines.adapters.litellm import kinds
from sixnines.adapters.litellm.references import References, is_reference, variable_of
from sixnines.adapters.part import Part
from sixnines.config.urls import BaseUrl, parse_base_url

_NEEDS_KEY = frozenset({kinds.OPENAI, kinds.ANTHROPIC})
_SPEAKS_OPENAI = frozenset({kinds.OPENAI, kinds.COMPATIBLE, kinds.VLLM})
_LONGEST_HOST = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """One provider.

    Attributes:
        kind: of it.
        base_url: where it is; None: the kind's own address.
        api_key: a reference, or None.
    """

    kind: str
    base_url: str | None
    api_key: str | None

    @property
    def identity(self) -> tuple[str, BaseUrl | None, str | None]:
        """The same for two ways of writing one address."""
        return self.kind, None if self.base_url is None else parse_base_url(self.base_url), self.api_key


@dataclass(frozen=True, slots=True)
class Unknown:
    """It cannot be known where a provider is, and why."""

    reason: str


@dataclass(slots=True)
class Providers:
    """The providers of one import.

    Attributes:
        references: the secrets.
        notes: what the operator should put right, by identity.
    """

    references: References
    notes: dict[tuple[str, BaseUrl | None, str | None], list[str]] = field(default_factory=dict)
    _met: dict[tuple[str, BaseUrl | None, str | None], Wanted] = field(default_factory=dict)

    def meet(self, vendor: kinds.Vendor, base: Part | None, key: Part | None) -> Wanted | Unknown:
        """The provider behind an entry; the ledger is told of its address and key.

        Args:
            vendor: what the prefix says.
            base: `api_base`, if it is given.
            key: `api_key`, if it is given.
        """
        text = base.text() if base else None
        url, reason = vendor.base_url, ""
        if base is None or text is None:
            if vendor.needs_base:
                return Unknown("api_base is missing: nobody can tell where this is")
        elif is_reference(text):
            url, reason = _from_environment(text)
        else:
            try:
                parsed = parse_base_url(text)
            except ValueError as problem:
                return Unknown(f"api_base cannot be used: {problem}")
            url = text
            if vendor.kind in _SPEAKS_OPENAI and not text.rstrip("/").endswith("/v1"):
                reason = (
                    f"LiteLLM asks {parsed.path}/chat/completions there, sixnines {parsed.path}/v1/chat/completions"
                )
        kind = kinds.COMPATIBLE if url is not None and not kinds.is_own_address(vendor, url) else vendor.kind
        if kind == kinds.OPENAI or (kind == vendor.kind and base is None and vendor.base_url is None):
            url = None
        wanted = Wanted(kind, url, self._key(kind, vendor, key, own=base is None or kind == kinds.OPENAI))
        if base is not None and text is not None:
            base.approximated(reason, "providers, base_url") if reason else base.translated("providers, base_url")
        first = self._met.setdefault(wanted.identity, wanted)
        if reason and ".invalid" in (url or ""):
            self.notes.setdefault(first.identity, [reason])
        return first

    def _key(self, kind: str, vendor: kinds.Vendor, key: Part | None, *, own: bool) -> str | None:
        usual = vendor.key_variable or f"{kind.upper().replace('-', '_')}_API_KEY"
        given = None
        if key is not None and not key.is_null:
            given = self.references.tell(key, usual, "providers, api_key")
        if given is None and (kind in _NEEDS_KEY or (own and key is None and vendor.key_variable)):
            return self.references.name(usual)
        return given

    def named(self) -> dict[tuple[str, BaseUrl | None, str | None], tuple[str, DraftProvider]]:
        """Each provider with its name: its kind, and where it is if there are several of the kind."""
        several = {kind for kind, _, _ in self._met if sum(each.kind == kind for each in self._met.values()) > 1}
        named: dict[tuple[str, BaseUrl | None, str | None], tuple[str, DraftProvider]] = {}
        for identity, wanted in self._met.items():
            label = kinds.label(wanted.base_url) if wanted.kind in several else ""
            name = free_name(f"{wanted.kind}-{label}" if label else wanted.kind, {name for name, _ in named.values()})
            notes = self.notes.get(identity, [])
            named[identity] = name, DraftProvider(wanted.kind, wanted.base_url, wanted.api_key, notes=[*notes])
        return named


def _from_environment(text: str) -> tuple[str, str]:
    """An address to stand there until the operator has written the right one, and what to say."""
    variable = variable_of(text) or "VARIABLE"
    host = variable.lower().replace("_", "-").strip("-")[:_LONGEST_HOST].strip("-") or "address"
    # RFC 2606, section 2: a name that never resolves.
    return f"http://{host}.invalid", f"an address cannot come from the environment: write the value of {variable} here"
