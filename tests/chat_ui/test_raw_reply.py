"""What a program gets of a text that grows, and is now and then taken back a word."""

from chat_ui.services.raw_reply import Follower, Piece
from hypothesis import given
from hypothesis import strategies as st


def apply(text: str, piece: Piece | None) -> str:
    return text if piece is None else text[: piece.position] + piece.text


def test_a_reader_gets_what_is_new() -> None:
    follower = Follower(0)
    assert follower.follow("Paris") == Piece(0, "Paris")
    assert follower.follow("Paris is") == Piece(5, " is")
    assert follower.follow("Paris is") is None


def test_a_reader_who_is_ahead_of_what_is_stored_gets_nothing_twice() -> None:
    follower = Follower(5)
    assert follower.follow("Par") is None
    assert follower.follow("Paris is") == Piece(5, " is")


def test_a_text_that_is_taken_back_and_written_again_is_not_sent_again() -> None:
    follower = Follower(0)
    follower.follow("Paris is the cap")
    assert follower.follow("Paris is the") is None
    assert follower.follow("Paris is the capital") == Piece(16, "ital")


def test_a_text_that_goes_on_differently_is_taken_back() -> None:
    follower = Follower(0)
    follower.follow("Paris is the cap")
    assert follower.follow("Paris is big") == Piece(9, "big", rewinds=True)


def test_a_text_that_ends_shorter_is_taken_back() -> None:
    follower = Follower(0)
    follower.follow("Paris is the")
    assert follower.follow("Paris is", final=True) == Piece(8, "", rewinds=True)
    assert Follower(12).follow("Paris is", final=True) == Piece(8, "", rewinds=True)


@given(st.lists(st.text("ab \U0001f389", max_size=6), min_size=1), st.integers(0, 6))
def test_whatever_the_text_does_the_reader_has_it_in_the_end(texts: list[str], position: int) -> None:
    follower, read = Follower(position), texts[0][:position]
    if position > len(read):
        position, follower = len(read), Follower(len(read))
    for text in texts:
        read = apply(read, follower.follow(text))
    assert apply(read, follower.follow(texts[-1], final=True)) == texts[-1]
