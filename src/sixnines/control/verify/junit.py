"""Results as JUnit XML, as CI servers read it: a suite for each group. Pure.

The form is that of Jenkins' and GitLab's readers: https://github.com/testmoapp/junitxml.
"""

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from sixnines.control.events import CheckResult, CheckStatus

# What XML 1.0 has no way to say (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(results: Sequence[CheckResult]) -> str:
    """The document."""
    suites = [_suite(group, [each for each in results if each.group == group]) for group in _groups(results)]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites{_numbers(results, 'sixnines verify')}>", *suites]
    return "\n".join([*lines, "</testsuites>", ""])


def _groups(results: Iterable[CheckResult]) -> list[str]:
    return list(dict.fromkeys(each.group for each in results))


def _suite(name: str, results: Sequence[CheckResult]) -> str:
    cases = "\n".join(map(_case, results))
    return f"  <testsuite{_numbers(results, name)}>\n{cases}\n  </testsuite>"


def _numbers(results: Sequence[CheckResult], name: str) -> str:
    failed = sum(each.status is CheckStatus.FAILED for each in results)
    skipped = sum(each.status is CheckStatus.SKIPPED for each in results)
    seconds = sum(each.elapsed_s for each in results)
    counted = f'tests="{len(results)}" failures="{failed}" errors="0" skipped="{skipped}" time="{seconds:.3f}"'
    return f" name={_attribute(name)} {counted}"


def _case(result: CheckResult) -> str:
    title = f"{result.subject}: {result.name}" if result.subject else result.name
    group = _attribute(f"sixnines.{result.group}")
    head = f'    <testcase name={_attribute(title)} classname={group} time="{result.elapsed_s:.3f}"'
    inner = _inner(result)
    return f"{head}>{inner}</testcase>" if inner else f"{head}/>"


def _inner(result: CheckResult) -> str:
    message = _attribute(result.message)
    match result.status:
        case CheckStatus.FAILED:
            return f"<failure message={message}>{_text(result.message)}</failure>"
        case CheckStatus.SKIPPED:
            return f"<skipped message={message}/>"
        case CheckStatus.WARNING:
            return f"<system-out>{_text(f'warning: {result.message}')}</system-out>"
        case CheckStatus.PASSED:
            return f"<system-out>{_text(result.message)}</system-out>" if result.message else ""


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))
