"""Checks of what any node needs, real or simulated: rights, a free port, room on the disk."""

import http.client
import os
import shutil
import socket

from stacklab.host.doctor.finding import Finding, Subject, broken, missing, present
from stacklab.host.doctor.tools import nearest

ROOM_GIB = 5
GIB = 1024**3


def privileges(_: Subject) -> Finding:
    """Bridges, firewall tables and guests' disks are the machine's: only root may make them."""
    if os.geteuid() == 0:
        return present("running as root")
    return missing("not root: guests and networks would be simulated", "sudo stacklab up")


def port(subject: Subject) -> Finding:
    """The listener's address is ours to take, or a StackLab answers on it already."""
    host, _, number = subject.listen.rpartition(":")
    if not (host and number.isdecimal()):
        return broken(f"{subject.listen} is not HOST:PORT")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    address = host.strip("[]")
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, int(number)))
        except (OSError, OverflowError) as error:
            if _answers(address, int(number)):
                return present(f"{subject.listen} is served by a running StackLab")
            return broken(f"{subject.listen}: {error}", "stacklab up --listen HOST:PORT")
    return present(f"{subject.listen} is free")


def _answers(host: str, number: int) -> bool:
    """Whether who listens there answers /healthz as we do."""
    line = http.client.HTTPConnection(host, number, timeout=2)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == http.HTTPStatus.OK
    except (OSError, OverflowError, http.client.HTTPException):
        return False
    finally:
        line.close()


def disk_space(subject: Subject) -> Finding:
    """The state directory can be written and has room for an image, a few disks and the database."""
    existing = nearest(subject.state)
    if not os.access(existing, os.W_OK):
        return broken(f"{existing} may not be written by this user", "stacklab up --state DIR")
    free = shutil.disk_usage(existing).free / GIB
    said = f"{free:.1f} GiB free for {subject.state}"
    if free < ROOM_GIB:
        return broken(f"{said}, less than {ROOM_GIB}", "stacklab up --state DIR")
    return present(said)
