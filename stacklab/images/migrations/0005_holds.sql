-- Who needs a blob besides the images that name it: a server whose disk stands on it.
CREATE TABLE image_holds (
    blob TEXT NOT NULL,
    holder TEXT NOT NULL,
    PRIMARY KEY (holder, blob)
);
CREATE INDEX image_holds_blob ON image_holds (blob);
