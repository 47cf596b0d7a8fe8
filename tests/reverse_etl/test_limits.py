"""The shared limiter: never more than the limit in any window, across limiters of one endpoint,
with pauses for all."""

import pytest

from orchestration.reverse_etl.limits import Limiter, Rate


def most_in_a_window(times, seconds):
    return max(sum(start <= time < start + seconds for time in times) for start in times)


def test_no_window_holds_more_than_the_limit(world):
    limiter = Limiter(Rate(100, 10), world.clock)
    start = world.clock.now
    times = []
    for _ in range(350):
        limiter.acquire()
        times.append(world.clock.now - start)
    assert most_in_a_window(times, 10) <= 100
    assert times[-1] < 45


def test_two_limiters_of_one_endpoint_share_its_limit(world, tmp_path):
    both = [
        Limiter.shared(Rate(20, 1), world.clock, tmp_path, "https://api", "token") for _ in range(2)
    ]
    times = []
    for i in range(100):
        both[i % 2].acquire()
        times.append(world.clock.now)
    assert most_in_a_window(times, 1) <= 20
    both[0].pause(60)
    assert both[1].acquire(patience=10) == pytest.approx(60)
    other = Limiter.shared(Rate(20, 1), world.clock, tmp_path, "https://api", "another token")
    assert other.acquire(patience=10) == 0


def test_no_limit_never_waits(world):
    limiter = Limiter(Rate.parse("none", "x"), world.clock)
    for _ in range(1000):
        limiter.acquire()
    assert world.clock.slept == []


@pytest.mark.parametrize("text", ["", "100", "100/", "0/10", "a/b", "10/0"])
def test_a_rate_that_makes_no_sense_is_named(text):
    with pytest.raises(ValueError, match="destination x: rate_limit is"):
        Rate.parse(text, "destination x")
