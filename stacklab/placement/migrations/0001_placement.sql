-- A host that resources are taken from. `generation` grows with every change of its inventories or allocations.
CREATE TABLE placement_providers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- How much of one class a provider has. `capacity` is floor((total - reserved) * allocation_ratio); `used` is the sum
-- of the allocations, kept here so that a claim costs the same however many consumers there are.
CREATE TABLE placement_inventories (
    provider_id TEXT NOT NULL REFERENCES placement_providers (id),
    class TEXT NOT NULL,
    total BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    allocation_ratio DOUBLE PRECISION NOT NULL,
    min_unit BIGINT NOT NULL,
    max_unit BIGINT NOT NULL,
    step_size BIGINT NOT NULL,
    capacity BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (provider_id, class)
);
CREATE INDEX placement_inventories_class ON placement_inventories (class, provider_id);

-- Who holds something: a server. One consumer is on one provider.
CREATE TABLE placement_consumers (
    id TEXT PRIMARY KEY,
    provider_id TEXT NOT NULL REFERENCES placement_providers (id),
    project_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    generation BIGINT NOT NULL
);
CREATE INDEX placement_consumers_provider ON placement_consumers (provider_id, id);
CREATE INDEX placement_consumers_project ON placement_consumers (project_id, user_id);

CREATE TABLE placement_allocations (
    consumer_id TEXT NOT NULL REFERENCES placement_consumers (id),
    class TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (consumer_id, class)
);
