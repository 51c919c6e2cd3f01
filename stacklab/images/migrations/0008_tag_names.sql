-- Metadata tags are one whatever the case of their letters, as in Glance.
CREATE INDEX metadef_parts_small ON metadef_parts (namespace_id, kind, lower(name));
