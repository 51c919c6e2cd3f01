"""Sign-up: a stranger's e-mail address and password become a user and a project, at once and without an administrator.

**Whether an address has an account is not told.** Without e-mail there is no second channel to tell only its owner, so:

- Every well-formed request gets the same `201` and body, after the same work (one verification, one hash, one durable
  write). A new address gets its new user and project. A known address with its right password gets the ones it has: the
  person simply goes on to log in. A known address with another password gets ids that lead nowhere, made from the
  address and the password with a secret of this node, so that asking again gives the same ones.
- What then tells the cases apart is the log-in, which fails as it does for every wrong password. This one bit cannot be
  hidden where accounts are ready at once; the limit per client address makes it dear to collect: every question costs
  one of the few sign-ups of the hour, and for an unknown address leaves an account behind.
- Project names end in random letters: a counter would tell how many had the same name before.

Owns the path /signup, the table of attempts and that secret.
"""

NAME = "signup"
PREFIX = "/signup"
