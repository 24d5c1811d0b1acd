"""No shell block of any document is left out: a test runs it, or a comment above it says why none does."""

import re
from functools import cache

import pytest

from tests.docs.documents import ROOT, ShellBlock, documents, repository_files, shell_blocks

EXCUSE = re.compile(r"not run: \S.{10,}", re.DOTALL)


@pytest.mark.parametrize("document", documents())
def test_every_shell_block_is_run_or_says_why_not(document: str) -> None:
    idle = [str(block) for block in shell_blocks(document) if not _is_run(block) and not EXCUSE.match(block.note)]
    assert not idle, (
        f"Run these with `example` (tests/docs/test_readmes.py), or write <!-- not run: why --> above: {idle}"
    )


@pytest.mark.parametrize("document", documents())
def test_no_block_that_is_run_has_an_excuse(document: str) -> None:
    both = [str(block) for block in shell_blocks(document) if _is_run(block) and EXCUSE.match(block.note)]
    assert not both


def _is_run(block: ShellBlock) -> bool:
    """`bash` blocks of a document are one session, run by `run_examples`; each `sh` block is an `example`."""
    if block.language == "bash":
        return any(f'"{block.document}"' in source for source in _tests() if "run_examples(" in source)
    return any(document == block.document and words in block.text for document, words in _examples())


@cache
def _tests() -> tuple[str, ...]:
    return tuple((ROOT / path).read_text() for path in sorted(repository_files()) if re.match(r"tests/.*\.py$", path))


@cache
def _examples() -> tuple[tuple[str, str], ...]:
    return tuple(
        (document, words)
        for source in _tests()
        for document, words in re.findall(r'example\("([^"]+)", "([^"]+)"\)', source)
    )
