"""A typical answer of a model, with paragraphs, a list and code, in tokens of some four characters."""

import re

ANSWER = """\
A cache keeps what was worked out once, so that it need not be worked out again. The idea is old: a library keeps the \
books that are asked for most on the shelf beside the desk, and fetches the others from the cellar only when somebody \
wants them. A computer does the same at every level, from the registers of its processor to the pages that a browser \
has stored on disk.

There are three questions that every cache has to answer:

1. **What is kept?** Whatever is likely to be asked for again, which is mostly what was asked for a moment ago.
2. **For how long?** Until the room is needed for something else, or until the thing itself has changed.
3. **How is it found?** By a key, such as an address or the text of a question, that is quick to compare.

In Python a small cache is one line, because the standard library has a decorator for it:

```python
from functools import lru_cache

@lru_cache(maxsize=1024)
def area(radius: float) -> float:
    return 3.141592653589793 * radius * radius
```

The first call with a radius does the work and keeps the result. Each later call with the same radius finds it and \
returns at once. When 1024 results are kept, the one that was used longest ago makes room for the new one.

"""

TOKENS = re.findall(r"\s?\S{1,5}|\s", ANSWER)
