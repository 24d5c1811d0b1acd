"""The committed error pages of nginx are what the translations and the script say."""

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NGINX = ROOT / "nginx"
SCRIPT = runpy.run_path(str(NGINX / "error_pages.py"))


def test_the_error_pages_are_up_to_date() -> None:
    rendered = dict(SCRIPT["error_pages"]())
    committed = {file: file.read_text(encoding="utf-8") for file in NGINX.glob("errors/*/*")}
    assert committed == rendered, "Run `make error-pages`."


def test_nginx_chooses_among_the_languages_of_the_pages() -> None:
    site = (NGINX / "templates" / "default.conf.template").read_text(encoding="utf-8")
    for language in SCRIPT["languages"]():
        assert f'"~^{language};" {language};' in site
