"""The operator's commands: `python -m ops --stage STAGE …`. They use the same fleet and storage as the dashboard."""
