"""What the database itself refuses: facts and artefacts are written once."""

KEPT = ("fact", "artefact")


def sqlite() -> tuple[str, ...]:
    """The statements that make the kept tables insert-only in SQLite."""
    # REPLACE deletes a row without asking any DELETE trigger unless the connection wants it; the third
    # trigger refuses it on every connection.
    return tuple(
        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table, key in zip(
            KEPT, ("stream = NEW.stream AND version = NEW.version", "sha256 = NEW.sha256"), strict=True
        )
        for name, event, when in (
            ("no_update", "UPDATE", ""),
            ("no_delete", "DELETE", ""),
            ("no_replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key}) "),
        )
    )


def postgresql() -> tuple[str, ...]:
    """The statements that make the kept tables insert-only in PostgreSQL."""
    function = """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""
    return (
        function,
        *(
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            for table in KEPT
            for name, event, each in (
                ("no_change", "UPDATE OR DELETE", "ROW"),
                ("no_truncate", "TRUNCATE", "STATEMENT"),
            )
        ),
    )
