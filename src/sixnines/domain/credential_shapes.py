"""How credentials look, so that they can be left out of what people read. Never holds one: only patterns.

Repetitions are bounded or start at a fixed place, so that no text makes them backtrack.
"""

import re

Shape = tuple[re.Pattern[str], str]

NAMED: tuple[Shape, ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), placeholder)
    for pattern, placeholder in (
        # What follows an authorization scheme (not "Basic authentication"), or the name of a secret and a colon.
        (r"\b(bearer|basic)\s+(?!auth|access|credential|header|scheme|token)[\w.~+/=*-]{6,}", r"\1 [secret]"),
        (r"\b((?:api[-_ ]?key|secret|password|authorization)[\"']?\s*[:=]\s*[\"']?)[^\s\"',]+", r"\1[secret]"),
    )
)
"""Credentials by what stands before them."""

KNOWN: tuple[Shape, ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), placeholder)
    for pattern, placeholder in (
        # The prefixes that vendors give their keys (OpenAI and Anthropic sk-, Hugging Face hf_, Groq gsk_, xAI xai-,
        # Perplexity pplx-, NVIDIA nvapi-, GitHub ghp_).
        (r"\b(?:(?:sk|pk|rk)[-_]|(?:xai|pplx|nvapi)-|(?:hf|gsk|ghp|github_pat)_)[\w*.-]{6,}", "[secret]"),
        # Google's, Amazon's, and JSON web tokens (RFC 7519).
        (r"\b(?:AIza[\w-]{20,}|AKIA[A-Z0-9]{12,}|eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?)", "[secret]"),
    )
)
"""Credentials by their own looks."""

OTHERS: tuple[Shape, ...] = (
    (re.compile(r"\b(?:(?:r8|gh[osu])_\w|(?:glpat|xox[abprs])-[\w-])[\w-]{7,}", re.IGNORECASE), "[secret]"),
)
"""Those that callers paste and providers do not quote: Replicate's, GitHub's other ones, GitLab's, Slack's."""

IN_URLS: tuple[Shape, ...] = (
    (re.compile(r"(?<=://)[^/\s@\"']{1,256}@"), "[secret]@"),
    (
        re.compile(r"([?&][-.\w]{0,32}(?:key|token|secret|password|auth|sig)[-.\w]{0,32}=)[^\s\"'&]+", re.IGNORECASE),
        r"\1[secret]",
    ),
)  # fmt: skip
"""The user of a URL, and parameters that are named like secrets."""
