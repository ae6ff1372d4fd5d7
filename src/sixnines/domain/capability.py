"""What a request may need of a model beside its window."""

import enum


class Capability(enum.StrEnum):
    """Something that not every model can do."""

    TOOLS = "tools"
    VISION = "vision"
    JSON_SCHEMA = "json_schema"
    EMBEDDINGS = "embeddings"
