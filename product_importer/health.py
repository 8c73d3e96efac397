"""Whether this process is alive, and whether it can do its work. For load balancers; no log-in."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from kombu import Connection
from kombu.exceptions import OperationalError

from product_importer.celery import app

BROKER_SECONDS = 2


@login_not_required
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """200 where the database and the broker answer, 503 and which one does not."""
    checks = {"database": _database_answers(), "broker": _broker_answers()}
    ok = all(checks.values())
    answer = {"status": "ok" if ok else "unavailable", **checks}
    return JsonResponse(answer, status=200 if ok else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker_answers() -> bool:
    broker: Connection = app.connection_for_write(connect_timeout=BROKER_SECONDS)
    try:
        with broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    except (OperationalError, OSError):
        return False
    return True
