"""`tocsin law`: the law packs, and what they say of a case."""

from cli.lazy import group

app = group(
    {
        "list": "cli.law_list:list",
        "show": "cli.law_show:show",
        "schema": "cli.law_check:schema",
        "check": "cli.law_check:check",
        "diff": "cli.law_diff:diff",
        "assess": "cli.law_assess:assess",
        "adopt": "cli.law_adopt:adopt",
    },
    help="Read, check and compare the law packs, and ask them about a case (docs/law.md).",
)
