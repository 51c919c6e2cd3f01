"""The user console: server-rendered pages for people, and a client of the public APIs like any other.

It has an HTTP client and each visitor's own token, imports no service and no model, and can therefore show nothing
that `curl` could not. `app.create(settings, api_url, state)` returns the ASGI application that answers everything
that no API claims.
"""
