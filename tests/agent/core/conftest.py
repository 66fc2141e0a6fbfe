"""Other interpreters have only the packages that the core and the reporter need."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("hypothesis") else ["*_properties.py"]
