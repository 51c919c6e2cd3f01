"""OpenStack's own integration suite against a node of its own: `make tempest`. It knows nothing of us."""
