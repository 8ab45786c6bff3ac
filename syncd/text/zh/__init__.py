"""The Chinese catalogue: English template → Chinese template.

One data module an area, named for the module or folder whose sentences it holds (`sync`,
`store`, `wecom_codes`); every module in this folder is found by itself and defines ::

    SENTENCES = {
        "Run {run} was not found.": "未找到第 {run} 次运行。",
    }

- The key is the literal handed to `text` (both literals for `plural`), letter for letter.
- The Chinese has the same placeholders in any order. A conversion or format may differ:
  `{name!r}` is best written “{name}”.
- The help of a command (its docstring, an option's `help=`, a metavar) is a key like any other,
  a docstring by paragraph: the lines of one joined by blanks.
- Words as in WeCom's own console (通讯录, 成员, 部门, 可见范围, 应用 Secret, 企业 ID, 停用); names
  of commands, settings and files stay as they are. Full-width punctuation; a blank between
  Chinese and Latin letters or digits.
- A template in two modules has one translation; tests find what is missing or differs.
"""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module


@cache
def catalogue() -> Mapping[str, str]:
    """Return the whole catalogue; read once, when the first Chinese sentence is said."""
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= import_module(f"{__name__}.{module.name}").SENTENCES
    return found
