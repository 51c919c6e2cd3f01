"""What this machine must have to run real guests: looked at one thing at a time, each tried rather than believed.

`diagnose` runs the table in `checks.py`; every check is a function from a `Subject` to a `Finding`.
"""

from stacklab.host.doctor.checks import CHECKS, Check, Diagnosis, diagnose
from stacklab.host.doctor.finding import Finding, State, Subject

__all__ = ["CHECKS", "Check", "Diagnosis", "Finding", "State", "Subject", "diagnose"]
