"""Durable jobs: the row is committed with the change that asks for it, and runs until the machine agrees.

A job looks, then acts, so it may run twice; after a crash it does. Per subject one job at a time, in order.
"""

from stacklab.core.jobs.queue import Job, enqueue, pending
from stacklab.core.jobs.workers import Handler, Kind, Workers

__all__ = ["Handler", "Job", "Kind", "Workers", "enqueue", "pending"]
