"""The Celery application: a message is only a wake-up, the state is in PostgreSQL."""

import os
from typing import Any

from celery import Celery, Task
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "product_importer.settings")


class LastingConnectionTask(Task):  # type: ignore[type-arg] # not generic when it runs
    """Reuses the database connection of the previous task, if it is young enough and works.

    Celery itself connects again for every task, which costs a range a tenth of its time.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.request.called_directly:
            close_old_connections()
        return super().__call__(*args, **kwargs)


app = Celery("product_importer", task_cls=LastingConnectionTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
