import doctest
from types import ModuleType

import pytest
from db_api import words
from db_api.repositories import columns


@pytest.mark.parametrize("module", [columns, words])
def test_the_examples_in_docstrings_are_true(module: ModuleType) -> None:
    results = doctest.testmod(module)
    assert (results.failed, bool(results.attempted)) == (0, True)
