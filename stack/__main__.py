"""`python -m stack up`, or `… run [--throwaway [--fast]] -- COMMAND …`."""

import argparse
import sys

import environ

from stack import command, launch
from stack.errors import StackError
from stack.paths import CHECKOUT


def main(arguments: list[str]) -> int:
    """Run what the arguments of the command line ask for. Returns the exit status."""
    options = _parser().parse_args(arguments)
    # As the settings read it: what is in the environment counts more.
    environ.Env.read_env(CHECKOUT / ".env")
    try:
        if options.action == "up":
            return launch.up()
        if options.throwaway:
            return command.run_apart(options.command, fast=options.fast)
        return command.run(options.command)
    except (StackError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stack")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("up", help="run the whole product until Ctrl-C")
    run = actions.add_parser("run", help="run a command with PostgreSQL and Valkey at hand")
    run.add_argument("--throwaway", action="store_true", help="on data of its own, removed after")
    run.add_argument("--fast", action="store_true", help="without care for crashes (tests)")
    run.add_argument("command", nargs="+")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
