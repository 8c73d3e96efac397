"""The one kind of error here that is meant for the eyes of whoever typed the command."""


class StackError(Exception):
    """Something that a person can put right; the text says how."""
