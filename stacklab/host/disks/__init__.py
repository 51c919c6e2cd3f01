"""Disks of guests: images looked at before they are opened, bases cached, root disks on top, config drives.

`spec.py` is the contract; `headers.py` knows image formats from their bytes alone; `qcow.py` makes real disks with
qemu-img, `simulated.py` sparse files without it, on the same `local.py`. What others wrote, qemu-img reads only as the
guests' account: `untrusted.py`.
"""
