"""Power changes on their way to listeners."""

import threading

from stacklab.host.hypervisor.news import PowerNews
from stacklab.host.hypervisor.spec import Power


def test_listeners_hear_everything_in_order_on_another_thread() -> None:
    news, heard, threads = PowerNews(), [], set()

    def listener(domain_id: str, power: Power) -> None:
        heard.append((domain_id, power))
        threads.add(threading.current_thread())

    news.listen(listener)
    news.tell("a", Power.RUNNING)
    news.tell("b", Power.RUNNING)
    news.tell("a", Power.OFF)
    news.close()
    assert heard == [("a", Power.RUNNING), ("b", Power.RUNNING), ("a", Power.OFF)]
    assert threading.current_thread() not in threads


def test_the_same_twice_is_told_once_until_forgotten() -> None:
    news, heard = PowerNews(), []
    news.listen(lambda domain_id, power: heard.append(power))
    for _ in range(2):
        news.tell("a", Power.OFF)
    news.forget("a")
    news.tell("a", Power.OFF)
    news.close()
    assert heard == [Power.OFF, Power.OFF]


def test_a_listener_that_fails_does_not_silence_the_others() -> None:
    news, heard = PowerNews(), []

    def broken(_domain_id: str, _power: Power) -> None:
        raise RuntimeError("no")

    news.listen(broken)
    news.listen(lambda domain_id, power: heard.append(power))
    news.tell("a", Power.OFF)
    news.tell("a", Power.RUNNING)
    news.close()
    assert heard == [Power.OFF, Power.RUNNING]


def test_closing_twice_and_telling_nobody_are_no_errors() -> None:
    news = PowerNews()
    news.tell("a", Power.OFF)
    news.close()
    news.listen(lambda domain_id, power: None)
    news.close()
    news.close()
