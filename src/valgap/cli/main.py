"""The command `valgap`: its sub-commands, and one way of ending for all of them."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import click

from valgap.cli.audit import audit
from valgap.cli.checks import checks
from valgap.cli.compare import compare
from valgap.cli.confirm import confirm
from valgap.cli.demo import demo
from valgap.cli.diagnose import diagnose
from valgap.cli.explain import explain
from valgap.cli.read import read
from valgap.cli.report import report
from valgap.cli.run import run
from valgap.cli.screen import drain
from valgap.cli.treat import treat
from valgap.cli.view import view
from valgap.errors import OwnFailureError, UsageError
from valgap.report.printable import printable

EPILOG = """\b
Exit status: the script's own if it is not 0; 1 when a finding stands at or
above --fail-on; 2 wrong usage; 3 a fault of valgap itself.

\b
Shell completion, in bash (zsh and fish likewise):
  eval "$(_VALGAP_COMPLETE=bash_source valgap)"
"""


@click.group(epilog=EPILOG, invoke_without_command=True)
@click.version_option(package_name="valgap", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Why is my validation bad, and what would make it better?"""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in (
    *(run, diagnose, read, audit, confirm, compare),
    *(treat, report, view, checks, explain, demo),
):
    cli.add_command(command)


def main(args: Sequence[str] | None = None) -> int:
    """Runs the command line and gives back its exit status.

    A command gives back its exit status or, to be out of click's way, a function that does.

    Raises:
        KeyboardInterrupt: after Ctrl+C, with nothing more to be shown: Python then ends as
            ever and dies of the signal.
    """
    try:
        status = cli.main(args, prog_name="valgap", standalone_mode=False)
        return status() if callable(status) else status or 0
    except (KeyboardInterrupt, click.Abort):
        sys.excepthook = _show_nothing
        raise KeyboardInterrupt from None
    except BrokenPipeError:
        drain(sys.stdout.fileno())
        return 0
    except Exception as error:
        return _told(error)


def _told(error: Exception) -> int:
    if isinstance(error, click.ClickException):
        message = " ".join(error.format_message().split())
        return _say(message[:1].lower() + message[1:], error.exit_code)
    if isinstance(error, UsageError):
        return _say(str(error), error.exit_status)
    traceback.print_exc()
    return _say(f"a fault of valgap itself: {type(error).__name__}", OwnFailureError.exit_status)


def _say(message: str, status: int) -> int:
    click.echo(f"valgap: {printable(message)}", err=True)
    return status


def _show_nothing(*_: object) -> None:
    """Stands for `sys.excepthook` once all has been said."""
