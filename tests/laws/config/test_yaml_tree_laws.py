"""The fast event source and ruamel.yaml's own parser say the same about any text."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sixnines.config.yaml_events import DirectiveError, EventSource
from support.yaml_text import config_texts, damaged, nearly_yaml

ANY_TEXT = st.one_of(nearly_yaml, nearly_yaml, config_texts, damaged(config_texts))


def events_of(source):
    """The events in a form that can be compared, and after them the error that ended them, if one did."""
    told = []
    try:
        for event in source:
            told.append(
                (
                    type(event).__name__,
                    (event.start_mark.line, event.start_mark.column, event.start_mark.index),
                    (event.end_mark.line, event.end_mark.column),
                    getattr(event, "value", None),
                    getattr(event, "implicit", None),
                    getattr(event, "style", None),
                    getattr(event, "anchor", None),
                    str(getattr(event, "ctag", None)),
                )
            )
    except DirectiveError:
        raise
    except (YAMLError, ValueError, OverflowError) as error:
        told.append(failure(error))
    return told


def failure(error):
    if not isinstance(error, MarkedYAMLError):
        return (type(error).__name__,)
    marks = [mark and (mark.line, mark.column) for mark in (error.context_mark, error.problem_mark)]
    return (type(error).__name__, error.context, error.problem, *marks)


def fast(text):
    source = EventSource(text)
    while source.check_event():
        yield source.get_event()


@example('"' + "k" * 1025 + '": too long for a key\n')
@given(ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_the_fast_events_are_those_of_ruamel_yaml(text):
    try:
        told = events_of(fast(text))
    except DirectiveError:
        return  # refused on purpose
    assert told == events_of(YAML(typ="safe", pure=True).parse(text))
