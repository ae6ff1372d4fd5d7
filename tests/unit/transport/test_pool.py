"""The book of idle connections."""

from sixnines.domain.origin import Origin, TlsSettings
from sixnines.transport.pool import IdlePool

HERE = Origin("http", "here.test", 80)
THERE = Origin("http", "there.test", 80)


def test_the_connection_idle_for_the_shortest_time_is_taken_first() -> None:
    pool: IdlePool[str] = IdlePool(9)
    for name in ("old", "young", "youngest"):
        assert pool.put(HERE, name) is None
    assert [pool.take(HERE) for _ in range(4)] == ["youngest", "young", "old", None]
    assert pool.size == 0


def test_origins_are_apart_and_their_tls_settings_belong_to_them() -> None:
    pool: IdlePool[str] = IdlePool(9)
    verified = Origin("https", "here.test", 443, TlsSettings())
    unverified = Origin("https", "here.test", 443, TlsSettings(insecure_skip_verify=True))
    pool.put(HERE, "here")
    pool.put(unverified, "unverified")
    assert (pool.take(THERE), pool.take(verified)) == (None, None)
    assert (pool.take(HERE), pool.take(unverified)) == ("here", "unverified")


def test_over_the_limit_the_oldest_of_the_origin_has_to_go() -> None:
    pool: IdlePool[int] = IdlePool(2)
    pool.put(THERE, 0)
    assert [pool.put(HERE, number) for number in (1, 2, 3, 4)] == [None, None, 1, 2]
    assert pool.size == 3
    assert [pool.take(HERE), pool.take(HERE), pool.take(HERE)] == [4, 3, None]


def test_discarding_forgets_one_and_does_not_mind_strangers() -> None:
    pool: IdlePool[str] = IdlePool(9)
    for name in ("a", "b", "c"):
        pool.put(HERE, name)
    pool.discard(HERE, "b")
    pool.discard(HERE, "b")
    pool.discard(THERE, "a")
    assert pool.size == 2
    assert [pool.take(HERE), pool.take(HERE), pool.take(HERE)] == ["c", "a", None]


def test_an_origin_without_connections_leaves_no_trace() -> None:
    """Origins come and go with config reloads."""
    pool: IdlePool[str] = IdlePool(9)
    for port in range(1, 100):
        origin = Origin("http", "here.test", port)
        pool.put(origin, "x")
        if port % 2:
            pool.take(origin)
        else:
            pool.discard(origin, "x")
    assert pool._idle == {}
