"""Neutron v2.0: networks, subnets, ports, security groups and their rules, floating IPs, and the quotas on them.

What is served: the shared flat network `lab` that every server is on, and the external network `public` that floating
IPs come from. Both are made at the first start from the settings. Making networks, subnets and routers is refused in
words (403) until tenant networks are built, and `extensions.py` claims nothing that does not work.

Wishes live in the database; `plan.py` renders all of them for the host's network driver, `applying.py` has it applied.
"""

TYPE = "network"
NAME = "neutron"
PREFIX = "/network"
