"""HTTP: routes, requests and responses. Only this package, app.py and reports_function.py import chalice."""
