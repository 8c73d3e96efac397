"""Messages by Standard Webhooks 1.0: the body and its signatures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook


def body_of(type_: str, happened_at: datetime, data: Mapping[str, Any]) -> str:
    """The body of the message; the same at every attempt."""
    message = {"type": type_, "timestamp": happened_at.isoformat(), "data": data}
    return json.dumps(message, separators=(",", ":"))


def signed_headers(
    body: str, *, message_id: str, sent_at: datetime, secrets: Sequence[str]
) -> dict[str, str]:
    """The headers by which a receiver recognises the sender, with a signature for each secret.

    `sent_at` is in UTC.
    """
    signatures = [Webhook(secret).sign(message_id, sent_at, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
