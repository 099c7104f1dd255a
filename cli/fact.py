"""`tocsin fact`: what is known, as the law reads it."""

from cli.lazy import group

app = group(
    {"set": "cli.fact_set:set", "list": "cli.fact_set:list"},
    help="Record what is known about an incident, and see what was recorded (docs/reference/vocabulary.md).",
)
