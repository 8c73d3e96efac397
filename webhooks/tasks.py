"""The Celery tasks of webhooks: each takes ids, and calls the function of the same name."""

from celery import shared_task

from webhooks import delivering, dispatching, sweeper


@shared_task(name="webhooks.dispatch")
def dispatch() -> None:
    dispatching.dispatch()


@shared_task(name="webhooks.send_due")
def send_due(endpoint_id: int) -> None:
    delivering.send_due(endpoint_id)


@shared_task(name="webhooks.sweep")
def sweep() -> None:
    sweeper.sweep()


@shared_task(name="webhooks.forget_old")
def forget_old() -> None:
    sweeper.forget_old()
