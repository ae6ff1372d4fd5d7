"""What is known of a request before it is sent: numbers and classes by which routing decides. Never any of its text."""

import enum

import msgspec


class Output(enum.StrEnum):
    """The form that the answer must have."""

    TEXT = "text"
    JSON = "json"
    SCHEMA = "schema"


class Language(enum.StrEnum):
    """What a request is written in, coarsely: a language where its words tell, else a script."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"
    CHINESE = "zh"
    JAPANESE = "ja"
    KOREAN = "ko"
    CYRILLIC = "cyrillic"
    ARABIC = "arabic"
    OTHER = "other"


class Features(msgspec.Struct, frozen=True, gc=False):
    """One request, measured.

    Attributes:
        tokens_floor: tokens that prompt and answer need together at the very least; 0 where bytes do not tell.
        prompt_tokens: an estimate of the prompt's tokens, with tools and pictures.
        asking_tokens: an estimate for what is asked, without the material that comes with it.
        max_tokens: the answer's limit, if the caller set one.
        turns: messages of the user; in a long body at least as many.
        code_share: how much of the last messages is code or other text for machines, 0 to 1.
        tools: how many tools the model may call; in a long body at least as many.
        tool_messages: results of tools in the conversation; in a long body at least as many.
        images: pictures in the conversation; in a long body at least as many.
        output: the form that the answer must have.
        questions: question marks in what is asked.
        reasoning: words that ask for proof, design, diagnosis, decisions; one that opens the request counts twice.
        composing: words that ask for more than a fact: explain, write, plan.
        routine: words that open the request and ask for what takes no thought: translate, list, shorten.
        language: of what is asked.
        stream: the caller wants a stream.
    """

    tokens_floor: int
    prompt_tokens: int
    asking_tokens: int
    max_tokens: int | None
    turns: int
    code_share: float
    tools: int
    tool_messages: int
    images: int
    output: Output
    questions: int
    reasoning: int
    composing: int
    routine: int
    language: Language
    stream: bool
