"""`tocsin incident`: what there is, and where one of them stands."""

from cli.lazy import group

app = group(
    {
        "list": "cli.incident_list",
        "show": "cli.incident_show:show",
        "watch": "cli.incident_show:watch",
    },
    help="See which incidents there are, and where one stands.",
)
