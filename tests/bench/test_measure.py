"""What every benchmark states."""

from wurao.bench.measure import student


def test_intervals_are_student_s() -> None:
    assert student([0.7, 0.72, 0.74, 0.76, 0.78]) == [0.74, 0.7007, 0.7793]
    assert student([0.5]) == [0.5, 0.5, 0.5]
