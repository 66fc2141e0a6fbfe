"""Deploying to AWS: what Chalice's template is merged with, the tables' stack, the slim package, and the commands."""
