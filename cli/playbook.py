"""`tocsin playbook`: the plans there are, and whether they serve what the law asks."""

from cli.lazy import group

app = group(
    {
        "list": "cli.playbook_show:list",
        "show": "cli.playbook_show:show",
        "check": "cli.playbook_check:check",
        "schema": "cli.playbook_check:schema",
    },
    help="See the playbooks, and check them against the law packs.",
)
