"""Mails as servers and providers send them about messages of ours; made up, to the letter of the RFCs."""


def fields(kind: str, *blocks: dict[str, str]) -> str:
    shown = "\n".join("".join(f"{name}: {value}\n" for name, value in block.items()) for block in blocks)
    return f"Content-Type: {kind}\n\n{shown}"


def returned(reference: str, kind: str) -> str:
    head = f"From: notice@tocsin.invalid\nTo: <a@example.com>\nMessage-ID: <{reference}@tocsin.invalid>\n"
    return f"Content-Type: {kind}\n\n{head}\n"


def report(kind: str, *parts: str, **header: str) -> bytes:
    named = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in header.items())
    body = "".join(f"--=_b\n{part}\n" for part in ("\nI am sorry to have to inform you …\n", *parts))
    mail = (
        "From: MAILER-DAEMON@mx.example.com\nSubject: Undelivered Mail Returned to Sender\n"
        f'{named}MIME-Version: 1.0\nContent-Type: multipart/report; report-type={kind}; boundary="=_b"\n\n'
        f"{body}--=_b--\n"
    )
    return mail.replace("\n", "\r\n").encode()


def bounce(
    reference="", action="failed", status="5.1.1", back="text/rfc822-headers", envelope="", **header
) -> bytes:
    about = {"Reporting-MTA": "dns; mx.example.com"}
    if envelope:
        about["Original-Envelope-Id"] = envelope
    person = {"Final-Recipient": "rfc822; a@example.com", "Action": action, "Status": status}
    shown = {name: value for name, value in person.items() if value}
    parts = [fields("message/delivery-status", about, shown)]
    if reference:
        parts.append(returned(reference, back))
    return report("delivery-status", *parts, **header)


def complaint(reference, kind="abuse") -> bytes:
    about = {"Feedback-Type": kind, "User-Agent": "SomeGenerator/1.0", "Version": "1"}
    return report(
        "feedback-report",
        fields("message/feedback-report", about),
        returned(reference, "message/rfc822"),
    )
