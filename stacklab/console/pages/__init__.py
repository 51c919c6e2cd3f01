"""The pages: one file a noun; each handler reads the request, calls the APIs, and renders or redirects."""
