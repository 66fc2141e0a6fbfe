"""The documented v0 API: servers, registration, ping series; and the health check beside them."""
