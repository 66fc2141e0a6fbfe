"""JSON Schemas of requests and responses. OpenAPI shows all of them, and request bodies are validated by theirs.

Not imported with the application: only requests that carry a body, or ask for the description, need them.
"""
