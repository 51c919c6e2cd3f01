"""Tables as values: the text for a change does what replacing everything would do."""

from hypothesis import given
from hypothesis import strategies as st

from stacklab.host.network.ruleset import Chain, Hook, NftSet, Table, digest, render_change, render_fresh, table

Found = dict[str, dict[str, list[str] | dict[str, str]]]

HOOK = Hook("filter", "input", 0)


def kernel(text: str, found: Found | None = None) -> Found:
    """A kernel that knows the few commands we send, and refuses what the real one would."""
    found = {} if found is None else found
    for line in text.splitlines():
        verb, kind, *rest = line.split(maxsplit=4)
        where = " ".join(rest[:2])
        if kind == "table" and verb == "add":
            found.setdefault(where, {})
        elif kind == "table":
            del found[where]
        else:
            _object(found[where], verb, kind, rest[2])
    return found


def _object(objects: dict[str, list[str] | dict[str, str]], verb: str, kind: str, tail: str) -> None:
    name, _, body = tail.partition(" ")
    if kind == "element":
        elements = objects[f"set {name}"]
        assert isinstance(elements, dict)
        for element in body.strip("{} ").split(", "):
            key, _, value = element.partition(" : ")
            if verb == "add":
                assert key not in elements
                elements[key] = value
            else:
                del elements[key]
    elif kind == "rule":
        rules = objects[f"chain {name}"]
        assert isinstance(rules, list)
        rules.append(body)
    else:
        place = f"{'chain' if kind == 'chain' else 'set'} {name}"
        if verb == "add":
            assert place not in objects
            objects[place] = [] if kind == "chain" else {}
        elif verb == "flush":
            objects[place].clear()
        else:
            assert not objects.pop(place), "busy"


names = st.sampled_from("abcde")
chains = st.dictionaries(names, st.lists(st.sampled_from(["accept", "drop", "tcp dport 22 accept"]), max_size=3))
sets = st.dictionaries(names, st.dictionaries(st.sampled_from("uvwxyz"), st.sampled_from(["accept", "drop"])))


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, ...]:
    def one(family: str) -> Table:
        return table(
            family,
            "t",
            [NftSet(name, "ifname", elements, values="verdict") for name, elements in draw(sets).items()],
            [Chain(name, tuple(rules)) for name, rules in draw(chains).items()],
        )

    return tuple(one(family) for family in draw(st.sets(st.sampled_from(["inet", "ip", "bridge"]))))


@given(tables(), tables())
def test_a_change_ends_where_a_fresh_start_does(old: tuple[Table, ...], new: tuple[Table, ...]) -> None:
    assert kernel(render_change(old, new), kernel(render_fresh(old))) == kernel(render_fresh(new))


@given(tables())
def test_no_change_is_no_command(same: tuple[Table, ...]) -> None:
    assert render_change(same, same) == ""


def test_one_element_is_one_command() -> None:
    before = table("inet", "t", [NftSet("s", "ifname", {"a": "", "b": ""})], [Chain("c", ("accept",), HOOK)])
    after = table("inet", "t", [NftSet("s", "ifname", {"a": "", "b": "", "c": ""})], [Chain("c", ("accept",), HOOK)])
    assert render_change((before,), (after,)) == "add element inet t s { c }\n"


def test_a_chain_that_moves_replaces_its_table() -> None:
    before = table("inet", "t", [], [Chain("c", ("accept",), HOOK)])
    after = table("inet", "t", [], [Chain("c", ("accept",), Hook("filter", "input", 5))])
    assert render_change((before,), (after,)) == render_fresh((after,))


def test_declarations() -> None:
    ranges = NftSet("s", "ipv4_addr", {"10.0.0.0/8": ""}, interval=True)
    verdicts = NftSet("m", "ipv4_addr", {"10.0.0.1": "jump c"}, values="verdict")
    made = table("inet", "t", [ranges, verdicts], [Chain("c", ("drop",)), Chain("i", (), HOOK)])
    text = render_fresh((made,))
    assert "add set inet t s { type ipv4_addr; flags interval; }" in text
    assert "add map inet t m { type ipv4_addr : verdict; }" in text
    assert "add chain inet t i { type filter hook input priority 0; policy accept; }" in text
    assert f'add rule inet t c drop comment "{digest("drop")}"' in text
    assert "add element inet t m { 10.0.0.1 : jump c }" in text
