"""`tocsin template`: the messages there are, and whether they say what people must be told."""

from cli.lazy import group

app = group({"check": "cli.template_check:check"}, help="See whether messages say what people must be told.")
