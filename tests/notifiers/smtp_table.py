"""The fault table of SMTP: each stage times each thing that can go wrong there, and what it means."""

from notifiers.errors import Misconfigured, Refused, Unknown, Unreachable
from notifiers.port import Accepted
from service.local_endpoints.smtp_fault import Act, Fault, Stage

BEFORE_THE_BODY = [Stage.MAIL, Stage.RCPT, Stage.DATA]
EXTRA = "\r\n250 extra"
TABLE = [
    # stage, what happens, class, code
    (Stage.CONNECT, Fault(Stage.CONNECT, reply="421 4.3.2 busy"), Unreachable, "smtp.connect.421"),
    (Stage.CONNECT, Fault(Stage.CONNECT, reply="554 5.7.1 go away"), Misconfigured, "smtp.connect.554"),
    (Stage.CONNECT, Fault(Stage.CONNECT, reply="hello"), Unreachable, "smtp.connect.-01"),
    (Stage.CONNECT, Fault(Stage.CONNECT, Act.SILENCE), Unreachable, "smtp.connect.silence"),
    (Stage.CONNECT, Fault(Stage.CONNECT, Act.FIN), Unreachable, "smtp.connect.failed"),
    (Stage.CONNECT, Fault(Stage.CONNECT, Act.RST), Unreachable, "smtp.connect.failed"),
    (Stage.EHLO, Fault(Stage.EHLO, reply="421 4.3.2 busy"), Unreachable, "smtp.ehlo.421"),
    (Stage.EHLO, Fault(Stage.EHLO, reply="550 5.7.1 no"), Misconfigured, "smtp.ehlo.550"),
    (Stage.EHLO, Fault(Stage.EHLO, Act.SILENCE), Unreachable, "smtp.connect.silence"),
    (Stage.EHLO, Fault(Stage.EHLO, Act.FIN), Unreachable, "smtp.connect.failed"),
    (Stage.EHLO, Fault(Stage.EHLO, Act.RST), Unreachable, "smtp.connect.failed"),
    (Stage.MAIL, Fault(Stage.MAIL, reply="550 5.1.8 bad sender"), Misconfigured, "smtp.mail.550"),
    (Stage.MAIL, Fault(Stage.MAIL, reply="530 5.7.0 log in"), Misconfigured, "smtp.mail.530"),
    (Stage.MAIL, Fault(Stage.MAIL, reply="552 5.3.4 too big"), Refused, "smtp.mail.552"),
    (Stage.MAIL, Fault(Stage.MAIL, reply="503 5.5.1 out of step"), Unreachable, "smtp.mail.503"),
    (Stage.RCPT, Fault(Stage.RCPT, reply="550 5.1.1 no such user"), Refused, "smtp.rcpt.550"),
    (Stage.RCPT, Fault(Stage.RCPT, reply="550-5.1.1 no\r\n550 5.1.1 such user"), Refused, "smtp.rcpt.550"),
    (Stage.RCPT, Fault(Stage.RCPT, reply="450 4.2.0 greylisted"), Unreachable, "smtp.rcpt.450"),
    (Stage.RCPT, Fault(Stage.RCPT, reply="452 4.5.3 too many"), Unreachable, "smtp.rcpt.452"),
    (Stage.RCPT, Fault(Stage.RCPT, reply="530 5.7.0 log in"), Misconfigured, "smtp.rcpt.530"),
    (Stage.DATA, Fault(Stage.DATA, reply="554 5.5.1 no"), Refused, "smtp.data.554"),
    (Stage.DATA, Fault(Stage.DATA, reply="451 4.3.0 later"), Unreachable, "smtp.data.451"),
    (Stage.DATA, Fault(Stage.DATA, reply="250 2.0.0 what"), Unreachable, "smtp.data.garbled"),
    (Stage.DATA, Fault(Stage.DATA, reply="354 go\r\n250 extra"), Unreachable, "smtp.data.garbled"),
    (Stage.BODY, Fault(Stage.BODY, Act.SILENCE), Unknown, "smtp.silence.dot"),
    (Stage.BODY, Fault(Stage.BODY, Act.FIN), Unknown, "smtp.connection.closed.dot"),
    (Stage.BODY, Fault(Stage.BODY, Act.RST), Unknown, None),
    (Stage.BODY, Fault(Stage.BODY, reply="552 5.3.4 too big"), Refused, "smtp.dot.552"),
    (Stage.DOT, Fault(Stage.DOT, reply="554 5.6.0 spam"), Refused, "smtp.dot.554"),
    (Stage.DOT, Fault(Stage.DOT, reply="451 4.3.0 later"), Unreachable, "smtp.dot.451"),
    (Stage.DOT, Fault(Stage.DOT, reply="421 4.3.2 bye"), Unreachable, "smtp.dot.421"),
    (Stage.DOT, Fault(Stage.DOT, reply="354 what"), Unknown, "smtp.dot.garbled"),
    (Stage.DOT, Fault(Stage.DOT, reply="OK!"), Unknown, "smtp.dot.garbled"),
    (Stage.DOT, Fault(Stage.DOT, Act.SILENCE), Unknown, "smtp.silence.dot"),
    (Stage.DOT, Fault(Stage.DOT, Act.SILENCE, keeps=True), Unknown, "smtp.silence.dot"),
    (Stage.DOT, Fault(Stage.DOT, Act.FIN), Unknown, "smtp.connection.closed.dot"),
    (Stage.DOT, Fault(Stage.DOT, Act.FIN, keeps=True), Unknown, "smtp.connection.closed.dot"),
    (Stage.DOT, Fault(Stage.DOT, Act.RST, keeps=True), Unknown, None),
    (Stage.DOT, Fault(Stage.DOT, reply="250 ok\r\n250 extra", keeps=True), Accepted, "smtp.250"),
]
for _stage in BEFORE_THE_BODY:
    _name = _stage.value
    TABLE += [
        (_stage, Fault(_stage, reply="421 4.3.2 bye"), Unreachable, f"smtp.{_name}.421"),
        (_stage, Fault(_stage, reply="450 4.2.0 later"), Unreachable, f"smtp.{_name}.450"),
        (_stage, Fault(_stage, reply="\x00\xff rubbish"), Unreachable, f"smtp.{_name}.garbled"),
        (_stage, Fault(_stage, reply="99 bottles"), Unreachable, f"smtp.{_name}.garbled"),
        (_stage, Fault(_stage, reply="2500 ok"), Unreachable, f"smtp.{_name}.garbled"),
        (_stage, Fault(_stage, reply="x" * 40_000), Unreachable, f"smtp.{_name}.garbled"),
        (_stage, Fault(_stage, Act.SILENCE), Unreachable, f"smtp.silence.{_name}"),
        (_stage, Fault(_stage, Act.FIN), Unreachable, f"smtp.connection.closed.{_name}"),
        (_stage, Fault(_stage, Act.RST), Unreachable, None),
    ]
for _stage in (Stage.MAIL, Stage.RCPT):
    TABLE.append(
        (_stage, Fault(_stage, reply="250 ok\r\n250 extra"), Unreachable, f"smtp.{_stage.value}.garbled"),
    )
