"""The states a server can be in, and what a client calls them.

`vm_state` is where a server rests, `task_state` what is being done to it, `power_state` what the machine shows,
`desired` what was last asked for: "on", "off", "paused" or "gone". Names and numbers are Nova's.
"""

from stacklab.host.hypervisor.spec import Power

ACTIVE, BUILDING, STOPPED, PAUSED, ERROR, DELETED = "active", "building", "stopped", "paused", "error", "deleted"
ON, OFF, GONE = "on", "off", "gone"

NO_STATE = 0
POWER = {Power.RUNNING: 1, Power.PAUSED: 3, Power.OFF: 4, Power.CRASHED: 6}
REST = {Power.RUNNING: ACTIVE, Power.PAUSED: PAUSED, Power.OFF: STOPPED, Power.CRASHED: STOPPED}
WISH = {Power.RUNNING: ON, Power.PAUSED: "paused", Power.OFF: OFF, Power.CRASHED: OFF}

STATUS = {
    ACTIVE: "ACTIVE",
    BUILDING: "BUILD",
    STOPPED: "SHUTOFF",
    PAUSED: "PAUSED",
    ERROR: "ERROR",
    DELETED: "DELETED",
}
REBOOTING = {"rebooting": "REBOOT", "rebooting_hard": "HARD_REBOOT"}

# Statuses that Nova knows and that no server here ever has: filtering by one finds nothing, and is no mistake.
OTHER_STATUSES = {
    "MIGRATING", "PASSWORD", "REBUILD", "RESCUE", "RESIZE", "REVERT_RESIZE", "SHELVED", "SHELVED_OFFLOADED",
    "SOFT_DELETED", "SUSPENDED", "UNKNOWN", "VERIFY_RESIZE",
}  # fmt: skip


def status(vm_state: str, task_state: str | None) -> str:
    """What a client sees in `status`."""
    if vm_state == ACTIVE and task_state in REBOOTING:
        return REBOOTING[task_state]
    return STATUS[vm_state]


def filter_of(name: str) -> tuple[str, tuple[str, ...]] | None:
    """The SQL condition and its values for servers whose status is `name`; None when no server ever has it."""
    for task, shown in REBOOTING.items():
        if shown == name:
            return "(vm_state = ? AND task_state = ?)", (ACTIVE, task)
    for state, shown in STATUS.items():
        if shown == name and state == ACTIVE:
            return "(vm_state = ? AND coalesce(task_state, '') NOT IN (?, ?))", (ACTIVE, *REBOOTING)
        if shown == name:
            return "(vm_state = ?)", (state,)
    return None
