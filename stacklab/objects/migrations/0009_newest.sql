-- Pages of versions go by name, of each the newest first: no name's versions are sorted for a page of them, however many.
CREATE INDEX objects_versions_newest ON objects_versions (container, name, version DESC);
