"""JSON Schemas of what routes take and answer: OpenAPI shows all of them, and bodies are read by theirs.

Not imported with the application: only requests that carry a body, or ask for the description, need them.
"""
