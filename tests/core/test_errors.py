from wurao.core import errors


def test_diagnostics_is_one_line_of_where_what_and_mend() -> None:
    error = errors.InputError("no column caller", where="calls.csv line 1", mend="name it caller")
    assert error.diagnostics() == "calls.csv line 1: no column caller – name it caller"
    assert str(errors.StoreError("disk full")) == "disk full"
