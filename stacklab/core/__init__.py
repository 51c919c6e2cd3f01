"""What everything stands on and that knows no service: settings, clock, errors, ids, events, jobs, revert, log, db."""
