"""`python -m infra deploy|destroy --stage NAME`: the commands behind `make deploy` and `make destroy`."""

import argparse
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from infra import options
from infra.account import open_account
from infra.deploy import deploy
from infra.destroy import add_options, destroy
from infra.stage import DeployError, Stage


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 on success, 1 after one line on stderr that says what failed, 2 for a wrong command line."""
    parsed = _parser().parse_args(arguments)
    try:
        stage = Stage(parsed.stage)
        parsed.run(open_account(), stage, parsed)
    except (DeployError, BotoCoreError, ClientError) as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return _failed("interrupted; CloudFormation finishes what it has started; run the same command again to resume")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra", description="Deploys a stage to AWS, or removes it.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, run, add, text in (
        ("deploy", deploy, options.add_options, "deploy a stage, or upgrade it to this version"),
        ("destroy", destroy, add_options, "remove a stage; its data stays unless you add --with-data"),
    ):
        command = commands.add_parser(name, help=text, description=text.capitalize())
        command.add_argument("--stage", required=True, help="the name of the stage, for example prod")
        add(command)
        command.set_defaults(run=run)
    return parser


def _failed(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
