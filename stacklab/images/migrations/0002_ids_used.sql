-- The ids of deleted images: none is given to another image, which servers and caches would take for the first.
CREATE TABLE image_ids_used (
    id TEXT PRIMARY KEY
);
