"""Anthropic's Messages API as an upstream. Never asked for completions or embeddings, which it does not have."""

from sixnines.domain.failure import FailureKind
from sixnines.domain.kind import Continues, KindInfo
from sixnines.domain.operation import Dialect, Operation
from sixnines.providers.classify import classifier
from sixnines.providers.continuing import for_anthropic
from sixnines.providers.interface import Kind, Probe
from sixnines.providers.probes import judge_models
from sixnines.providers.signs import Sign, prose, statuses

# Version 2026-10-21 refuses temperature, top_p and top_k, which callers of an OpenAI API send as a matter of course.
_VERSION = "2023-06-01"

SIGNS: tuple[Sign, ...] = (
    Sign(
        # Under `rate_limit_error`, but no waiting helps.
        FailureKind.QUOTA,
        statuses(402, 429),
        seen="Anthropic: `details.error_code` `enforced_spend_limit_reached` and its like (its Python library's types)",
        words=frozenset(
            {
                "contract_spend_limit_reached",
                "enforced_spend_limit_reached",
                "linked_organization_billing_unavailable",
                "linked_organization_spend_limit_reached",
            }
        ),
    ),
    Sign(
        FailureKind.QUOTA,
        statuses(400),
        seen="Anthropic: `Your credit balance is too low to access the Anthropic API` and `You have reached your "
        "specified API usage limits`, both as 400 `invalid_request_error`",
        text=prose(
            r"\AYour credit balance is too low\b|\AYou have reached your specified (?:workspace )?API usage limits\b"
        ),
    ),
    Sign(
        FailureKind.CREDENTIAL,
        statuses(400),
        seen="Anthropic: `This organization has been disabled.` as 400",
        text=prose(r"\AThis organization has been disabled\b"),
    ),
    Sign(
        FailureKind.CREDENTIAL,
        statuses(400),
        seen="Anthropic: `details.error_code` `organization_on_hold` (its Python library's types)",
        words=frozenset({"organization_on_hold"}),
    ),
    Sign(
        FailureKind.POLICY,
        statuses(200, 400),
        seen="Anthropic: `Output blocked by content filtering policy`",
        text=prose(r"\AOutput blocked by content filtering policy\b"),
    ),
    Sign(
        # Older models can.
        FailureKind.CALLER,
        statuses(400),
        seen="Anthropic, models since Claude 4.6: `Prefilling assistant messages is not supported for this model.`; "
        "`This model does not support assistant message prefill. ...`",
        text=prose(r"\APrefilling assistant messages is not supported|\bdoes not support assistant message prefill"),
        elsewhere=True,
    ),
    Sign(
        FailureKind.TRANSPORT,
        statuses(200),
        seen="Anthropic: `timeout_error` inside a stream",
        words=frozenset({"timeout_error"}),
    ),
)

KIND = Kind(
    info=KindInfo(
        name="anthropic",
        dialect=Dialect.ANTHROPIC,
        paths={Operation.CHAT: "/v1/messages"},
        key_header="x-api-key",
        key_prefix="",
        fixed_headers=(("anthropic-version", _VERSION),),
        default_base_url="https://api.anthropic.com",
        needs_key=True,
        paid=True,
        # It refuses white space at the end. Models since Claude 4.6 refuse all of it, as a 400.
        continues=Continues.TRIMMED,
    ),
    classify=classifier(SIGNS),
    probe=Probe("/v1/models?limit=1", judge_models),
    # The largest page: one account's models fit in it, and a probe does not follow pages.
    list_models=Probe("/v1/models?limit=1000", judge_models),
    adapt={},
    adapt_continued={Operation.CHAT: for_anthropic},
)
