"""The base of every table, and the JSON column."""

from typing import Any

import msgspec
from peewee import Model, TextField

from stacklab.core.db.database import proxy


class Table(Model):
    """Bound to the one database. Table names are given, never derived; tables are made by migrations."""

    class Meta:
        database = proxy
        legacy_table_names = False


class JSONField(TextField):
    """A value stored as JSON text. Never query inside it: what is searched has a column."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def python_value(self, value: str | None) -> Any:
        return None if value is None else msgspec.json.decode(value)
