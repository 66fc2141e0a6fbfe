"""HTTP: routes, what they take and what they answer. Only this package and app.py import chalice."""
