"""Compute, as Nova speaks it: flavors, key pairs, servers and what is done to them, quotas, and the one host.

A write commits rows and one durable job; the job makes the machine agree (`jobs/`). Everything a caller sees comes
from the rows; everything the machine has is compared with them by the audit.
"""

TYPE = "compute"
NAME = "nova"
PREFIX = "/compute"
