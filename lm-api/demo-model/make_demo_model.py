"""Makes the demo model from scratch with fixed seeds: text, tokenizer, training and GGUF file."""

import argparse
from itertools import islice
from pathlib import Path

import torch

from batches import to_rows
from chat_format import render
from export import export
from model import Shape
from tokenizer import train_tokenizer
from train import train
from words import whole_words
from write_text import conversations

HERE = Path(__file__).parent
CONVERSATIONS = 160_000
FOR_THE_TOKENIZER = 20_000


def main() -> None:
    arguments = parse_arguments()
    # One thread, so that every run gives the same result and the machine stays usable.
    torch.set_num_threads(1)
    print(f"writing {arguments.conversations:,} conversations", flush=True)
    texts = [render(conversation) for conversation in conversations(arguments.conversations)]
    tokenizer = train_tokenizer(islice(texts, FOR_THE_TOKENIZER), whole_words())
    # A row longer than the context can never occur when the model is served.
    rows = [row for row in to_rows(texts, tokenizer) if len(row.tokens) <= Shape().context]
    print(
        f"tokens: {sum(len(row.tokens) for row in rows):,}, longest row {max(len(row.tokens) for row in rows)}",
        flush=True,
    )
    checkpoint = arguments.output.with_suffix(".checkpoint")
    model = train(rows, Shape(), arguments.passes, checkpoint)
    export(model, tokenizer, arguments.output)
    checkpoint.unlink()
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--output", type=Path, default=HERE / "demo.gguf")
    return parser.parse_args()


if __name__ == "__main__":
    main()
