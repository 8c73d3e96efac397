"""Gives a user a token for the API."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from rest_framework.authtoken.models import Token


class Command(BaseCommand):
    help = "Prints a new API token of a user, once; the token before it stops working."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user's name")

    def handle(self, *, user: str, **options: Any) -> None:
        try:
            owner = User.objects.get(username=user)
        except User.DoesNotExist as error:
            raise CommandError(f"There is no user {user!r}.") from error
        with transaction.atomic():
            Token.objects.filter(user=owner).delete()
            token = Token.objects.create(user=owner)
        self.stdout.write(token.key)
