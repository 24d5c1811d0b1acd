"""A byte-level BPE tokenizer of 4,096 tokens, trained on the text that `write_text.py` writes.

Every word that the model must be able to copy (a name, a city, a number) becomes one token. A model of this size copies
one token reliably, but not a word in four pieces.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from chat_format import CONTROL_TOKENS, MARKUP_TOKENS

VOCABULARY_SIZE = 4096
# More frequent than any pair of letters in the text, so that these words are merged whole.
REPEATS_OF_A_WHOLE_WORD = 3000


def train_tokenizer(texts: Iterable[str], whole_words: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    # llama.cpp's "gpt-2" pre-tokenizer; its "qwen2" would split numbers into digits.
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE - len(CONTROL_TOKENS) - len(MARKUP_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(chain(texts, _repeated(whole_words)), trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in CONTROL_TOKENS])
    tokenizer.add_tokens([AddedToken(token, special=False) for token in MARKUP_TOKENS])
    _check_whole(tokenizer, whole_words)
    return tokenizer


def _repeated(words: list[str]) -> Iterator[str]:
    for word in words:
        for _ in range(REPEATS_OF_A_WHOLE_WORD):
            yield word


def _check_whole(tokenizer: Tokenizer, words: list[str]) -> None:
    split = [word for word in words if len(tokenizer.encode(word).ids) != 1]
    if split:
        raise ValueError(f"{len(split)} words are not one token each: {split[:10]}")
