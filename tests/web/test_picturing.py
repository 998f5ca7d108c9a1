"""Pictures of a campaign: every bar and node within the frame, every line between what it joins."""

from hypothesis import given
from hypothesis import strategies as st

from wurao.core.campaigns import Member
from wurao.core.clock import DAY_US, HOUR_US
from wurao.detection.linking.deeds import Edge
from wurao.detection.linking.vests import hand_overs
from wurao.web import picturing

SPANS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 100)), min_size=1, max_size=12)
EDGES = st.lists(
    st.builds(Edge, st.sampled_from("abcd"), st.integers(1, 40), st.integers(1, 9)),
    max_size=60,
    unique_by=lambda edge: (edge.key, edge.callee),
)


def worn(key: str, first_us: int, last_us: int) -> Member:
    return Member(key, 1, first_us, last_us, 9, 0.9)


def test_a_hand_over_runs_down_from_the_end_of_the_old_bar_to_the_start_of_the_new() -> None:
    rows = [worn("a", 0, DAY_US), worn("x", 0, 4 * DAY_US), worn("b", 2 * DAY_US, 4 * DAY_US)]
    first, between, last = picturing.bars(rows, hand_overs(rows, ()))
    assert first.lines == ((250, 18, 250, 36),)
    assert between.lines == ((250, 0, 250, 36),), "the line passes a row that it doesn't concern"
    assert last.lines == ((250, 0, 250, 18), (250, 18, 500, 18))
    assert picturing.bars([], ()) == []


@given(SPANS)
def test_bars_stay_in_the_frame_and_can_be_seen(spans: list[tuple[int, int]]) -> None:
    rows = [worn(f"n{n}", first * HOUR_US, (first + long) * HOUR_US) for n, (first, long) in enumerate(spans)]
    for bar in picturing.bars(rows, hand_overs(rows, ())):
        assert 0 <= bar.x < picturing.WIDE
        assert bar.width >= 3.9
        assert bar.x + bar.width <= picturing.WIDE + 0.1


@given(EDGES)
def test_the_graph_has_each_number_and_person_once_and_every_tie(edges: list[Edge]) -> None:
    drawn = picturing.graph(edges)
    if drawn is None:
        assert edges == []
        return
    places = {node.name: (node.x, node.y) for node in (*drawn.callers, *drawn.called)}
    assert (
        len(places) == len(drawn.callers) + len(drawn.called) == len({e.key for e in edges} | {e.callee for e in edges})
    )
    assert [((tie.x1, tie.y1), (tie.x2, tie.y2)) for tie in drawn.ties] == [
        (places[edge.key], places[edge.callee]) for edge in edges
    ]
    assert all(0 < y < drawn.height for _, y in places.values())
