"""`tocsin incident`: what there is, and where one of them stands."""

from cli.lazy import group

app = group(
    {
        "list": "cli.incident_list",
        "open": "cli.incident_open:open",
        "link": "cli.incident_open:link",
        "show": "cli.incident_show:show",
        "watch": "cli.incident_show:watch",
    },
    help="See which incidents there are, open one by hand, and see where one stands.",
)
