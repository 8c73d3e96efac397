"""The one kind of error that is meant for the person who typed the command."""


class StackError(Exception):
    """Something that a person can put right; the text explains how."""
