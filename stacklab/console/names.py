"""Names for new things, so that nobody has to invent one."""

import random

ADJECTIVES = (
    "amber bold brave bright calm clever eager fair gentle keen lively lucid merry mild noble proud quick quiet "
    "sunny swift"
)
ANIMALS = (
    "badger bear crane dove eagle falcon finch fox heron ibex lark lynx marten otter owl panda raven robin seal wren"
)


def invent() -> str:
    """`brave-heron`: a valid host name."""
    return f"{random.choice(ADJECTIVES.split())}-{random.choice(ANIMALS.split())}"
