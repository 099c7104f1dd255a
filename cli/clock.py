"""`tocsin clock`: the clocks of the duties, who answers for their alarms, and one that must run again."""

from cli.lazy import group

app = group(
    {
        "list": "cli.clock_list",
        "ack": "cli.clock_answer:ack",
        "rearm": "cli.clock_answer:rearm",
    },
    help="See the clocks of the duties, answer for their alarms.",
)
