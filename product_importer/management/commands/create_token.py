"""The command that gives a user a token for the API."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from rest_framework.authtoken.models import Token


class Command(BaseCommand):
    help = "Print a new API token for a user, once; the user's previous token stops working."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the name of the user")

    def handle(self, *, user: str, **options: Any) -> None:
        try:
            owner = User.objects.get(username=user)
        except User.DoesNotExist as error:
            raise CommandError(
                f"There is no user called {user!r}, so no token was created."
            ) from error
        with transaction.atomic():
            Token.objects.filter(user=owner).delete()
            token = Token.objects.create(user=owner)
        self.stdout.write(token.key)
