"""The first load of a chat with 50 messages through nginx, in a browser with an empty cache."""

from collections.abc import Iterator
from statistics import median

from parley_local.nginx import find_nginx

from bench.bench import Bench
from bench.budgets import Row
from tests.support.drivers.browser import running_browser
from tests.support.drivers.light import long_chat, open_cold
from tests.support.running.provision import find_chromium


def measure(bench: Bench) -> Iterator[Row]:
    program, nginx = find_chromium(), find_nginx()
    if program is None or nginx is None:
        bench.say("Chromium or nginx is missing, so the page is not measured; `make test` installs both.")
        return
    with running_browser(program) as browser:
        loads = []
        for number in range(bench.times(5, quick=1)):
            folder = bench.folder / f"page-{number}"
            folder.mkdir()
            with long_chat(folder, nginx) as (url, world):
                loads.append(open_cold(browser, url, world))
    wrong = sorted({name for load in loads for name in load.wrong})
    note = f"{loads[0].requests} requests; " + (", ".join(wrong) if wrong else "nothing from axe or the console")
    yield Row("page-bytes", max(load.transferred for load in loads) / 1000, note=note, details=vars(loads[0]))
    yield Row("page-shift", max(load.shift for load in loads))
    first = median(load.first_paint for load in loads)
    yield Row("page-paint", median(load.largest_paint for load in loads), note=f"the first paint after {first:.0f} ms")
