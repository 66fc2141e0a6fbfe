"""What the operator's commands cannot do."""


class OpsError(Exception):
    """Raised with one line that says what is wrong and what to do."""
