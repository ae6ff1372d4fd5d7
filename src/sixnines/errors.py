"""The exceptions that may reach the edge of the process, drawn as a tree.

```
SixNinesError
├── RequestError                  the caller can fix it
│   ├── MalformedRequest     400  ├── UnknownModel      404
│   ├── Unauthenticated      401  ├── UnknownPath       404
│   ├── Forbidden            403  ├── WrongMethod       405
│   ├── HeadersTooLarge      431  ├── BodyTooLarge      413
│   ├── RequestTimeout       408  ├── UnsupportedMedia  415
│   └── HopLoop              508
├── UpstreamError                 providers failed
│   └── AllAttemptsFailed    the status follows the last failure's kind
├── UnavailableError         503  we cannot serve now
│   ├── Draining             503
│   └── WorkerMissing        503
├── ControlError                  control plane: a change cannot be made; nothing has changed
│   ├── ChangeUnderWay       409  ├── UnknownRevision   404
│   ├── StalePlan            409  ├── CorruptRevision   409
│   ├── ActivationRefused    409  ├── StoreUnusable     503
│   └── UnusablePlan         400  └── GatewayUnreachable 503
└── ConfigError                   control plane: carries the diagnostics
```

`server/errors.py` maps each class to status, type and code; a test fails when one is missing there.
Nothing here imports anything but `domain`.
"""

from sixnines.domain.failure import Failure


class SixNinesError(Exception):
    """Base of every exception this package raises on purpose."""


class RequestError(SixNinesError):
    """The caller's request cannot be served as it is.

    Attributes:
        message: one sentence that says what is wrong and what to do.
        param: the request field at fault, if one is.
        code: a machine-readable code, where it is finer than the class's own in `server/errors.py`.
    """

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code


class MalformedRequest(RequestError):  # noqa: N818 - these names are part of the error vocabulary
    """The body or a header is not what the endpoint takes."""


class Unauthenticated(RequestError):  # noqa: N818
    """No key, or one we do not know."""


class Forbidden(RequestError):  # noqa: N818
    """A known caller asked for something it may not have."""


class UnknownModel(RequestError):  # noqa: N818
    """No model, route, pattern or default answers to the name."""


class UnknownPath(RequestError):  # noqa: N818
    """Nothing is served at this path."""


class WrongMethod(RequestError):  # noqa: N818
    """The path exists but not with this method.

    Attributes:
        allow: the methods that the path takes, for the Allow header.
    """

    def __init__(self, message: str, *, allow: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allow = allow


class BodyTooLarge(RequestError):  # noqa: N818
    """The body is larger than `server.max_body`."""


class HeadersTooLarge(RequestError):  # noqa: N818
    """The request head is larger than the server reads."""


class RequestTimeout(RequestError):  # noqa: N818
    """The caller took too long to send its request."""


class UnsupportedMedia(RequestError):  # noqa: N818
    """A content type or content coding that we do not read."""


class HopLoop(RequestError):  # noqa: N818
    """The request has come through this gateway before."""


class UpstreamError(SixNinesError):
    """Providers failed."""


class AllAttemptsFailed(UpstreamError):  # noqa: N818
    """No candidate produced an answer.

    Attributes:
        failure: the failure that the caller is told about.
        retry_after_s: seconds until a candidate may work again, if known.
    """

    def __init__(self, failure: Failure, *, retry_after_s: float | None = None) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.retry_after_s = retry_after_s


class UnavailableError(SixNinesError):
    """The gateway itself cannot serve now."""


class Draining(UnavailableError):  # noqa: N818
    """The gateway is shutting down."""


class WorkerMissing(UnavailableError):  # noqa: N818
    """An answer needs what a worker knows that does not answer."""


class ControlError(SixNinesError):
    """A change of the config cannot be made. Nothing has changed."""


class ChangeUnderWay(ControlError):  # noqa: N818
    """Somebody else is changing the same config; the message says who and since when."""


class StalePlan(ControlError):  # noqa: N818
    """A change plan was made from another revision than the one that holds now."""


class UnusablePlan(ControlError):  # noqa: N818
    """A file that should hold a change plan does not, or holds one for something else."""


class UnknownRevision(ControlError):  # noqa: N818
    """No revision of that number is kept."""


class CorruptRevision(ControlError):  # noqa: N818
    """What is kept of a revision is not what was recorded."""


class StoreUnusable(ControlError):  # noqa: N818
    """The folder of the revisions cannot be read or written."""


class ActivationRefused(ControlError):  # noqa: N818
    """The running gateway, or one of its workers, cannot go by a config."""


class GatewayUnreachable(ControlError):  # noqa: N818
    """A running gateway is to be asked, and none answers, or it went away in the middle."""


class ConfigError(SixNinesError):
    """The config cannot be used; the diagnostics say why.

    Attributes:
        report: all problems, rendered for people.
    """

    def __init__(self, report: str) -> None:
        super().__init__(report)
        self.report = report
