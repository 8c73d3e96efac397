from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from webhooks.models import generate_secret
from webhooks.signing import body_of, signed_headers

WHEN = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def test_the_body_has_type_time_and_data() -> None:
    body = body_of("product.created", WHEN, {"name": "Lämp", "price": "1.50"})
    assert json.loads(body) == {
        "type": "product.created",
        "timestamp": "2026-03-01T12:00:00.250000+00:00",
        "data": {"name": "Lämp", "price": "1.50"},
    }
    assert body == body_of("product.created", WHEN, {"name": "Lämp", "price": "1.50"})


def test_every_secret_verifies_and_no_other() -> None:
    old, new, other = generate_secret(), generate_secret(), generate_secret()
    now = datetime.now(UTC)
    headers = signed_headers("{}", message_id="msg_1", sent_at=now, secrets=[new, old])
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (old, new):
        assert Webhook(secret).verify("{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify("{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify("{ }", headers)


def test_a_message_that_was_recorded_is_too_old_later() -> None:
    secret = generate_secret()
    then = datetime.now(UTC) - timedelta(minutes=6)
    headers = signed_headers("{}", message_id="msg_1", sent_at=then, secrets=[secret])
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret).verify("{}", headers)


def test_the_signature_is_the_one_of_the_specification() -> None:
    """The example that the reference implementations share."""
    headers = signed_headers(
        '{"test": 2432232314}',
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        sent_at=datetime.fromtimestamp(1614265330, UTC),
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
