"""How programming languages write comments, strings and words, as far as colours need it.

Each expression that has matched its beginning always matches, and what it has read is never read again. So the time to
colour a text is linear in its length, whatever the text is (`tests/chat_ui/test_markdown_growth.py`).
"""

import re
from dataclasses import dataclass
from functools import cache

_BLOCK_COMMENT = r"/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
_MARKUP_COMMENT = r"<!--(?:[^-]|-(?!->))*+(?:-->)?"
_SLASHES, _HASH, _DASHES, _SEMICOLON, _PERCENT = r"//[^\n]*+", r"\#[^\n]*+", r"--[^\n]*+", r";[^\n]*+", r"%[^\n]*+"
_SHELL_HASH = r"(?<![^\s;(])\#[^\n]*+"

_DOUBLE = r'"(?:[^"\\\n]|\\.)*+"?'
_SINGLE = r"'(?:[^'\\\n]|\\.)*+'?"
_LONG = r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?' + r"|'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?"
_TEMPLATE = r"`(?:[^`\\]|\\.)*+`?"
_LINES = r'"(?:[^"\\]|\\.)*+"?' + r"|'[^']*+'?"
_CHARACTER = r"'(?:[^'\\\n]|\\[^\n]{1,8}?)'"
_DOUBLED = r"'(?:[^'])*+'?"

_NUMBER = r"(?<![^\W\d])\d(?:[\w.]|(?<=[eE])[+-])*+"
_WORD = r"[^\W\d][\w$]*+"
_CSS_WORD = r"[@\#.]?[^\W\d](?:\w|-)*+"


@dataclass(frozen=True)
class Language:
    """The parts of a language that get a colour."""

    comment: str
    string: str
    keywords: frozenset[str] = frozenset()
    builtins: frozenset[str] = frozenset()
    word: str = _WORD
    tag: str = r"(?!)"

    def pattern(self) -> re.Pattern[str]:
        """An expression whose groups are named by the classes that the style sheet colours."""
        parts = (f"(?P<c>{self.comment})", f"(?P<s>{self.string})", f"(?P<nt>{self.tag})")
        return re.compile("|".join((*parts, f"(?P<m>{_NUMBER})", f"(?P<word>{self.word})")), re.DOTALL)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_C = _words(
    "if else for while do switch case default break continue return goto sizeof typedef struct union enum static "
    "const extern inline volatile register void int char float double long short unsigned signed bool true false "
    "null nullptr"
)
_CLASSES = _words(
    "class interface extends implements public private protected new this super try catch finally throw throws "
    "import package abstract final override virtual using namespace template typename operator delete auto "
    "constexpr noexcept var let val fun object when is as in out where async await yield foreach string record "
    "sealed get set readonly decimal byte internal partial friend explicit mutable instanceof synchronized native "
    "boolean"
)
_SCRIPT = _words(
    "const let var function return if else for while do switch case default break continue class extends new this "
    "super import export from as async await yield try catch finally throw typeof instanceof in of delete void "
    "null undefined true false static get set interface type enum implements private public protected readonly "
    "declare namespace abstract keyof string number boolean any unknown never satisfies debugger with"
)
_PYTHON = _words(
    "False None True and as assert async await break class continue def del elif else except finally for from "
    "global if import in is lambda nonlocal not or pass raise return try while with yield match case"
)
_PYTHON_BUILTINS = _words(
    "print len range int str float bool list dict set tuple bytes type object open input sum min max sorted "
    "enumerate zip map filter any all isinstance super property staticmethod classmethod self cls abs round repr "
    "iter next getattr"
)
_SHELL = _words(
    "if then else elif fi for while until do done case esac in function return exit export local source set unset "
    "echo cd sudo alias read shift trap exec eval test declare readonly"
)
_SQL = _words(
    "select from where and or not insert into values update set delete create table drop alter add column index "
    "primary key foreign references unique join left right inner outer full cross on as group by order having "
    "limit offset union all distinct case when then else end null is in between like exists with recursive "
    "returning begin commit rollback view trigger function procedure if default check constraint int integer text "
    "varchar boolean date timestamp asc desc"
)
_RUST = _words(
    "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod "
    "move mut pub ref return self Self static struct super trait true type unsafe use where while i32 u32 i64 u64 "
    "f64 usize str"
)
_GO = _words(
    "break case chan const continue default defer else fallthrough for func go goto if import interface map "
    "package range return select struct switch type var nil true false string int error bool byte"
)
_RUBY = _words(
    "def end class module if elsif else unless while until for in do begin rescue ensure return yield self nil "
    "true false and or not require require_relative attr_accessor attr_reader include extend raise case when then "
    "next break super defmodule defp fn use alias import cond with my our sub use local foreach last"
)
_LUA_HASKELL = _words(
    "and break do else elseif end false for function if in local nil not or repeat return then true until while "
    "module where import data type newtype class instance deriving case of let qualified as infixl infixr forall"
)
_LISP = _words(
    "def defn defun defmacro define lambda let let* if cond when unless do loop fn ns require begin set! quote"
)
_MATHS = _words(
    "function end if else elseif for while return break next in TRUE FALSE NULL NA library repeat using struct "
    "begin module import export const global local true false nothing mutable macro do try catch abstract type "
    "where"
)
_DOCKER = _words(
    "FROM RUN CMD LABEL EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD HEALTHCHECK SHELL AS ifeq "
    "endif else ifdef define include server listen location upstream resource variable provider module output "
    "data"
)
_VALUES = _words("true false null yes no on off")
_PHP_KEYWORDS = _words(
    "echo function foreach as use namespace fn match elseif endif array isset empty require_once include"
)

_C_COMMENT = f"{_SLASHES}|{_BLOCK_COMMENT}"
_QUOTED = f"{_DOUBLE}|{_SINGLE}"
_MARKUP = Language(_MARKUP_COMMENT, rf"(?<==){_DOUBLE}|(?<==){_SINGLE}", word=r"(?!)", tag=r"</?+[^\W\d][\w:.-]*+|/?>")

_FAMILIES: dict[str, Language] = {
    "c h cpp c++ cc hpp objective-c objectivec cuda glsl arduino zig": Language(
        f"{_C_COMMENT}|{_HASH}", _QUOTED, _C | _CLASSES
    ),
    "java csharp c# cs scala groovy gradle dart solidity protobuf proto": Language(
        _C_COMMENT, f"{_LONG}|{_QUOTED}", _C | _CLASSES
    ),
    "kotlin kt swift": Language(
        _C_COMMENT, f"{_LONG}|{_DOUBLE}", _C | _CLASSES | _words("func guard data init self nil")
    ),
    "javascript js mjs jsx typescript ts tsx json json5 jsonc vue svelte": Language(
        _C_COMMENT, f"{_QUOTED}|{_TEMPLATE}", _SCRIPT
    ),
    "php": Language(f"{_C_COMMENT}|{_HASH}", _QUOTED, _C | _CLASSES | _PHP_KEYWORDS),
    "rust rs": Language(_C_COMMENT, f"{_DOUBLE}|{_CHARACTER}", _RUST),
    "go golang": Language(_C_COMMENT, f"{_DOUBLE}|{_CHARACTER}|`[^`]*+`?", _GO),
    "css scss sass less": Language(_C_COMMENT, _QUOTED, word=_CSS_WORD),
    "python py python3 pycon starlark": Language(_HASH, f"{_LONG}|{_QUOTED}", _PYTHON, _PYTHON_BUILTINS),
    "bash sh zsh shell console fish powershell ps1": Language(_SHELL_HASH, _LINES, _SHELL),
    "ruby rb elixir ex exs perl pl crystal": Language(_HASH, _QUOTED, _RUBY),
    "yaml yml toml ini conf properties env": Language(rf"{_SHELL_HASH}|(?<![^\n]){_SEMICOLON}", _QUOTED, _VALUES),
    "dockerfile docker makefile make cmake nginx hcl terraform tf nix graphql": Language(_SHELL_HASH, _QUOTED, _DOCKER),
    "r julia jl": Language(_HASH, _DOUBLE, _MATHS),
    "matlab octave tex latex bibtex erlang prolog": Language(_PERCENT, _DOUBLE, _MATHS, word=r"\\?+[^\W\d]\w*+"),
    "lua haskell hs elm": Language(_DASHES, _DOUBLE, _LUA_HASKELL, word=r"[^\W\d][\w']*+"),
    "sql postgresql postgres psql mysql sqlite plpgsql": Language(
        f"{_DASHES}|{_BLOCK_COMMENT}", f"{_DOUBLED}|{_DOUBLE}", _SQL | _words(" ".join(_SQL).upper())
    ),
    "lisp common-lisp scheme racket clojure clj elisp": Language(_SEMICOLON, r'"(?:[^"\\]|\\.)*+"?', _LISP),
    "html xml svg xhtml": _MARKUP,
    "diff patch": Language(r"(?m:^-[^\n]*+)", r"(?m:^\+[^\n]*+)", word=r"(?!)"),
}

LANGUAGES = {name: language for names, language in _FAMILIES.items() for name in names.split()}
"""By each name that a code block may give."""


@cache
def pattern_of(name: str) -> re.Pattern[str]:
    """The expression of a name in `LANGUAGES`."""
    return LANGUAGES[name].pattern()
