"""A provider's text made fit for other people's eyes: one line, without addresses, file paths, secrets or tracebacks.

Never lets through what looks like a credential: it works on shapes, because it does not know those in use.
"""

import re

from sixnines.domain.credential_shapes import KNOWN, NAMED

READ_LIMIT = 4000
"""Characters of a text that are looked at. Bounds the work on a hostile body; no engine's reason is longer."""

SHOWN_LIMIT = 500
"""Characters that are shown. The longest reason seen from a real engine (vLLM, context exceeded) has 250."""

# Where a text turns from a reason into a stack: Python's "Traceback" and frames, Go's goroutines.
_STACK = re.compile(r'\bTraceback \(most recent call last\)|(?<!\S)File "[^"]*", line \d+|(?<!\S)goroutine \d+ \[')

_SEGMENT = r"[\w.@+%=-]"

# In this order: a URL holds an address and a path, known kinds of secrets hold slashes, and a path may hold a digest.
# Repetitions are bounded or start at a fixed place, so that no text makes them backtrack.
_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}:\\?/\\?/[^\s\"'<>`|]+", re.IGNORECASE)
_REST = tuple(
    (re.compile(pattern, re.IGNORECASE), placeholder)
    for pattern, placeholder in (
        (r"(?<![\w-])[\w-]*\*{3,}[\w-]*", "[secret]"),  # masked already, and still nobody's business
        (r"\[[0-9a-f:.]{0,45}:[0-9a-f:.]{0,45}\](?::\d{1,5})?", "[address]"),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b", "[address]"),
        (r"\b(?:localhost|(?:[\w-]{1,63}\.){1,8}[a-z][\w-]{0,62}):\d{2,5}\b", "[address]"),
        # Two segments at least, or one with an extension. `meta-llama/Llama`, `</s>` and `#/$defs/x` are no files.
        (rf"(?<![\w.<#\]])(?:~|\.{{1,2}})?/(?:{_SEGMENT}+/)+{_SEGMENT}*", "[path]"),
        (r"(?<![\w.<#\]/])/[\w@+%=-]+\.\w{1,12}\b", "[path]"),
        (r"\b[a-z]:[\\/][^\s\"'<>|]+|\\\\[\w.-]+\\[^\s\"'<>|]+", "[path]"),
        # 24 letters and digits in a row, some of each: no word, no model's name, no UUID. Ollama's keys have a dot.
        (r"(?<![a-z0-9])(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{24,}(?:\.\w+)*", "[secret]"),
    )
)

_REPLACEMENTS = ((_URL, "[url]"), *NAMED, *KNOWN, *_REST)

# Controls and line separators would let a provider forge log lines; marks that reorder text, what a person reads.
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")


def presentable(text: str) -> str:
    """`text` as one line without what must not be shown; at most `READ_LIMIT` characters of it are read."""
    if len(text) > READ_LIMIT:
        # The cut may fall into a secret and leave a piece too short to be recognised: the last word goes with it.
        words = text[:READ_LIMIT].rsplit(None, 1)
        text = words[0] if len(words) > 1 else ""
    stack = _STACK.search(text)
    if stack is not None:
        text = text[: stack.start()]
    for pattern, placeholder in _REPLACEMENTS:
        text = pattern.sub(placeholder, text)
    return _BLANK.sub(" ", text).strip()


def shortened(text: str) -> str:
    """At most `SHOWN_LIMIT` characters of `text`, with an ellipsis where something was cut."""
    return text if len(text) <= SHOWN_LIMIT else text[: SHOWN_LIMIT - 1].rstrip() + "…"
