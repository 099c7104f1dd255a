"""The messages of the benches: a notice in Chinese, text and HTML, about 3 kB, to one person each."""

from email.message import EmailMessage

from notifiers.mime import Sender
from notifiers.port import Form, Message

SENDER = Sender("notice@tocsin.invalid", "警钟")
SUBJECT = "关于网络数据安全事件的通知"
TEXT = "我们于2026年11月23日发现您的部分信息可能被泄露，请修改密码并警惕诈骗电话。\n" * 8
HTML = "<html><body><p>尊敬的{}：</p><p>" + TEXT.replace("\n", "</p>\n<p>") + "</p></body></html>\n"
FORM = Form(("尊敬的", "：\n" + TEXT), tuple(HTML.split("{}")))


def personal(place: int) -> Message:
    """A message to one person."""
    return Message(
        reference=f"r{place}",
        to=f"person{place}@example.invalid",
        subject=SUBJECT,
        message_id=f"<c1.{place}@tocsin.invalid>",
        form=FORM,
        name=f"王{place}",
    )


def classic(message: Message) -> EmailMessage:
    """The same message, as the standard library makes it."""
    mail = EmailMessage()
    mail["From"] = f"{SENDER.name} <{SENDER.address}>"
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html or "", subtype="html")
    return mail
