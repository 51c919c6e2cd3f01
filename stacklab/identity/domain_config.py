"""A domain's own configuration: options in groups, written and read whole, by group, or one at a time.

What is sensitive is stored encrypted and never answered; it counts only where something is changed or deleted.
"""

from typing import Any

import msgspec

from stacklab.core.db.database import change, durable, rows
from stacklab.core.errors import Forbidden, NotFound
from stacklab.core.settings import Identity as IdentitySettings
from stacklab.identity.domain_options import DEFAULTS, SENSITIVE
from stacklab.identity.parts import Parts
from stacklab.identity.projects import DEFAULT

Config = dict[str, dict[str, Any]]
"""Group → option → value."""
COMPLIANCE = "security_compliance"
_READABLE = ("password_regex", "password_regex_description")
_PUT = """
INSERT INTO identity_domain_options (domain_id, section, name, sensitive, value) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (domain_id, section, name) DO UPDATE SET value = excluded.value
"""
# Null is any: of a domain, a group of it, one option.
_CHOSEN = "domain_id = ? AND (? IS NULL OR section = ?) AND (? IS NULL OR name = ?)"
_SHOWN = (
    f"SELECT section, name, value FROM identity_domain_options WHERE {_CHOSEN} AND sensitive = 0 ORDER BY section, name"  # noqa: S608
)
_STORED = f"SELECT section, name FROM identity_domain_options WHERE {_CHOSEN}"  # noqa: S608
_DROP = f"DELETE FROM identity_domain_options WHERE {_CHOSEN}"  # noqa: S608


def _chosen(domain_id: str, group: str | None, option: str | None) -> tuple[str | None, ...]:
    return (domain_id, group, group, option, option)


def _invalid(reason: str) -> Forbidden:
    return Forbidden(f"Invalid domain specific configuration: {reason}.")


def _missing(domain_id: str, group: str | None, option: str | None) -> NotFound:
    what = f"option {option} in group {group}" if option else f"group {group}" if group else "any options"
    return NotFound(f"Could not find {what} in domain configuration for domain {domain_id}.")


def _require_known(group: str | None, option: str | None) -> None:
    """Raises Forbidden for what a domain cannot have."""
    if group and group not in DEFAULTS:
        raise _invalid(f"Group {group} is not supported for domain specific configurations")
    if group and option and option not in DEFAULTS[group] and option not in SENSITIVE[group]:
        raise _invalid(f"Option {option} in group {group} is not supported for domain specific configurations")


def _require_valid(given: Any) -> Config:
    """A body's configuration, when it is one. Raises Forbidden."""
    if not given or not isinstance(given, dict):
        raise _invalid("No options specified")
    for group, options in given.items():
        if not options or not isinstance(options, dict):
            raise _invalid(f"The value of group {group} specified in the config should be a dictionary of options")
        for option in options:
            _require_known(group, option)
    return given


def show(domain_id: str, group: str | None = None, option: str | None = None) -> dict[str, Any]:
    """Whole or a group: group → option → value; one option: option → value. Raises NotFound, Forbidden."""
    _require_known(group, option)
    found = rows(_SHOWN, _chosen(domain_id, group, option))
    if not found:
        raise _missing(domain_id, group, option)
    return _arrange([(section, name, msgspec.json.decode(value)) for section, name, value in found], option)


def _arrange(found: list[tuple[str, str, Any]], option: str | None) -> dict[str, Any]:
    if option:
        return {name: value for _, name, value in found}
    config: Config = {}
    for section, name, value in found:
        config.setdefault(section, {})[name] = value
    return config


def default(group: str | None = None, option: str | None = None) -> dict[str, Any]:
    """What a domain has where it says nothing. Raises Forbidden."""
    _require_known(group, option)
    if group and option and option not in DEFAULTS[group]:
        raise _invalid(f"Reading the default for option {option} in group {group} is not supported")
    groups = [group] if group else list(DEFAULTS)
    every = [(g, name, value) for g in groups for name, value in DEFAULTS[g].items() if option in (None, name)]
    return _arrange(every, option)


def compliance(settings: IdentitySettings, domain_id: str, option: str | None) -> dict[str, Any]:
    """The rule for passwords, for everybody to read. Raises Forbidden for another domain or option."""
    if domain_id != DEFAULT:
        raise _invalid(
            "Reading security compliance information for any domain other than the default domain is not allowed or "
            "supported."
        )
    if option and option not in _READABLE:
        raise _invalid(
            "Reading security compliance values other than password_regex and password_regex_description is not "
            "allowed."
        )
    shown = [option] if option else _READABLE
    return _arrange([(COMPLIANCE, name, getattr(settings, name) or None) for name in shown], option)


def replace(parts: Parts, domain_id: str, given: Any) -> tuple[dict[str, Any], bool]:
    """Everything anew: what is shown of it, and whether there was none before. Raises Forbidden."""
    config = _require_valid(given)
    with durable():
        fresh = not change(_DROP, _chosen(domain_id, None, None))
        _store(parts, domain_id, config)
    return _current(domain_id), fresh


def _current(domain_id: str) -> dict[str, Any]:
    """What may be shown; empty where all there is are secrets."""
    try:
        return show(domain_id)
    except NotFound:
        return {}


def _store(parts: Parts, domain_id: str, config: Config) -> None:
    for group, options in config.items():
        for option, value in options.items():
            sensitive = option in SENSITIVE[group]
            encoded = msgspec.json.encode(value)
            kept = parts.vault.encrypt(encoded) if sensitive else encoded
            change(_PUT, (domain_id, group, option, int(sensitive), kept.decode()))


def update(parts: Parts, domain_id: str, given: Any, group: str | None = None, option: str | None = None) -> Config:
    """Merge into what there is. Of a group or an option: only that, and only if it is there. Answers the whole.

    Raises Forbidden, NotFound.
    """
    config = _require_valid({group: given} if group and option else given)
    _require_known(group, option)
    if group:
        _require_only(config, group, option)
    with durable():
        if group and not rows(_STORED, _chosen(domain_id, group, option)):
            raise _missing(domain_id, group, option)
        _store(parts, domain_id, config)
    return show(domain_id)


def _require_only(config: Config, group: str, option: str | None) -> None:
    """Raises Forbidden for a body about something else than the path."""
    if option and len(config[group]) != 1:
        raise _invalid(
            f"Trying to update option {option} in group {group}, so that, and only that, option must be specified  in "
            "the config"
        )
    if len(config) != 1:
        raise _invalid(f"Trying to update group {group}, so that, and only that, group must be specified in the config")
    if group not in config:
        raise _invalid(
            f"request to update group {group}, but config provided contains group {next(iter(config))} instead"
        )
    if option and option not in config[group]:
        other = next(iter(config[group]))
        raise _invalid(
            f"Trying to update option {option} in group {group}, but config provided contains option {other} instead"
        )


def delete(domain_id: str, group: str | None = None, option: str | None = None) -> None:
    """Raises NotFound for a group or option that is not there, Forbidden for one no domain has."""
    _require_known(group, option)
    with durable():
        gone = change(_DROP, _chosen(domain_id, group, option))
        if group and not gone:
            raise _missing(domain_id, group, option if rows(_STORED, _chosen(domain_id, group, None)) else None)
