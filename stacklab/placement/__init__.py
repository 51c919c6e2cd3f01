"""Placement 1.x: what each host has of each resource, who holds how much of it, and the promise that two never get the
last slot. The inside door (`service.Placement`) is what compute uses; the HTTP API shows the same rows to operators.
"""

TYPE = "placement"
NAME = "placement"
PREFIX = "/placement"
