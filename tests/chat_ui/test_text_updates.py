"""What a program gets of a text that grows, and is now and then taken back a word."""

from itertools import product

from chat_ui.models.reasoning import split
from chat_ui.services.replies.text_updates import Follower, Piece, Place, TwoFollowers
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


THOUGHTS, ANSWER = "A or B?", "Both."
CLOSED = f'<think>\n{THOUGHTS}\n</think seconds="1.0">\n\n'
GROWING = [f"<think>\n{THOUGHTS}"[:end] for end in range(16)] + [CLOSED + ANSWER[:end] for end in range(6)]


def test_thoughts_and_answer_are_followed_apart_from_wherever_the_reader_is() -> None:
    places = [*(Place(at, in_thoughts=True) for at in range(8)), *(Place(at) for at in range(6))]
    for place, begin in product(places, range(len(GROWING))):
        knows_thoughts = place.position > 0 and not place.in_thoughts
        thoughts = THOUGHTS if knows_thoughts else THOUGHTS[: place.position] if place.in_thoughts else ""
        answer = "" if place.in_thoughts else ANSWER[: place.position]
        followers = TwoFollowers(place)
        for text in GROWING[begin:]:
            for piece in followers.follow(split(text), final=text == GROWING[-1]):
                if piece.of_thoughts:
                    thoughts = apply(thoughts, piece)
                else:
                    answer = apply(answer, piece)
        assert (thoughts, answer) == (THOUGHTS, ANSWER)


def test_an_answer_that_is_thought_over_again_is_taken_back() -> None:
    followers = TwoFollowers(Place())
    followers.follow(split(GROWING[-1]), final=False)
    pieces = followers.follow(split('<think>\nA or C?\n</think seconds="1.0">\n\nC.'), final=True)
    assert pieces == [Piece(5, "C?", rewinds=True, of_thoughts=True), Piece(0, "C.", rewinds=True)]
