"""Images inside requests: data URLs and media types. Never decodes an image; base64 stays as it came.

Sources: RFC 2397 (data URLs); the first bytes of PNG (RFC 2083), JPEG, GIF and WebP files, in base64.
"""

import re

from sixnines.dialects.neutral import ImagePart

_DATA_URL = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=[^;,]*)*;base64,(?P<data>.*)", re.IGNORECASE)
_FIRST_CHARACTERS = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
}


def from_url(url: str, *, detail: str | None = None) -> ImagePart | None:
    """The image that `url` names or holds; None where it does neither (another scheme, or data not in base64)."""
    if url[:8].lower().startswith(("http://", "https://")):
        return ImagePart(url=url, detail=detail)
    match = _DATA_URL.fullmatch(url)
    if match is None:
        return None
    return ImagePart(media_type=match["type"] or media_type(match["data"]), data=match["data"], detail=detail)


def to_url(image: ImagePart) -> str:
    """The image as a URL."""
    if image.url is not None:
        return image.url
    data = image.data or ""
    return f"data:{image.media_type or media_type(data) or 'application/octet-stream'};base64,{data}"


def media_type(data: str) -> str | None:
    """What kind of image base64 `data` begins, or None."""
    return next((kind for start, kind in _FIRST_CHARACTERS.items() if data.startswith(start)), None)
