"""The embedded database: connection and transactions, the base model, numbered migrations."""
