"""Guests: defined, booted, stopped, watched. `spec.py` is the contract, `choose.py` the table of its drivers.

`embed/` runs real guests with QEMU through libvirt inside this process; `simulated.py` keeps the same promises with
files instead of machines. Both pass `tests/contracts/test_hypervisor.py`. Real guests run as the user of `account.py`.
"""
