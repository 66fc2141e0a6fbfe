"""`python -m infra deploy|destroy --stage S`: what `make deploy` and `make destroy` call."""

import argparse
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from infra import deploy, destroy
from infra.account import open_account
from infra.stage import DeployError, Stage


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when done; 1 with one line on stderr when it could not be done; 2 for a wrong command line."""
    options = _parser().parse_args(arguments)
    try:
        stage = Stage(options.stage)
        options.run(open_account(), stage, options)
    except (DeployError, BotoCoreError, ClientError) as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return _failed("interrupted; what CloudFormation has begun goes on, and the same command follows it up")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra", description="Deploys to AWS, and removes it again.")
    verbs = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, module, text in (
        ("deploy", deploy, "deploy a stage, or bring it to this version"),
        ("destroy", destroy, "remove a stage, without its data"),
    ):
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("--stage", required=True, help="for example prod")
        module.add_options(verb)
        verb.set_defaults(run=getattr(module, name))
    return parser


def _failed(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
