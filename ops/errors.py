"""The error of the operator's commands."""


class OpsError(Exception):
    """Raised with one line that says what is wrong and what to do."""
