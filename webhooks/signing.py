"""Messages as Standard Webhooks 1.0 wants them: the bytes of the body, and who vouches for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook


def body_of(type_: str, happened_at: datetime, data: Mapping[str, Any]) -> str:
    """The message; the same at every attempt."""
    message = {"type": type_, "timestamp": happened_at.isoformat(), "data": data}
    return json.dumps(message, separators=(",", ":"))


def signed_headers(
    body: str, *, message_id: str, sent_at: datetime, secrets: Sequence[str]
) -> dict[str, str]:
    """The headers by which a receiver knows the sender; one signature for each secret.

    `sent_at` is in UTC.
    """
    signatures = [Webhook(secret).sign(message_id, sent_at, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
