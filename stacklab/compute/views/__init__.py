"""Row → what goes over the wire; a later microversion adds keys, it never forks a view."""
