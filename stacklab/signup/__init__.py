"""Sign-up: a stranger's e-mail address becomes a user and a project without an administrator; what becomes of the
account later; and the leases of servers.

**Whether an address has an account is not told.** Everything a stranger may ask for gets the same answer after the same
work, whatever address it names:

- Where mail verifies addresses, a sign-up, a second mail and a new password are written down and answered. The request
  does not look for the account; the job that writes the mail does, and the owner of a taken address gets another
  letter. Nothing of a password is kept meanwhile: it is chosen by who holds the link, so that nobody can prepare an
  account in somebody else's name.
- Where accounts are ready at once, every well-formed sign-up gets the same `201` and body, after one verification, one
  hash and one durable write. A known address with its right password gets the ids it has: the person simply goes on to
  log in. With another password it gets ids that lead nowhere, made from the address and the password with a secret of
  this node, so that asking again gives the same ones. What then tells the cases apart is the log-in, which fails as it
  does for every wrong password. This one bit cannot be hidden where accounts are ready at once; limits and the proof of
  work make it dear to collect, and for an unknown address every question leaves an account behind.
- Project names end in random letters: a counter would tell how many had the same name before.

Owns the path /signup; the tables of attempts, links, second factors, suspensions and leases; and that secret. A node
that joined another has the leases alone.
"""

NAME = "signup"
PREFIX = "/signup"
