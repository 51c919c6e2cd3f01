-- What an account holds under each storage policy but the default one, which has the rest.
CREATE TABLE objects_policies (
    account TEXT NOT NULL,
    policy TEXT NOT NULL,
    containers BIGINT NOT NULL,
    objects BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (account, policy)
);
