"""Deploys to AWS: the commands, the stacks' templates and the package."""
