"""Announcements to be published: one as it was issued, corrected, and withdrawn."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifiers.notice import Notice, Revision, Section, Standing, Wording
from playbooks.templating import TEMPLATES

PAGE = (TEMPLATES / "announcement" / "page.html.j2").read_text()
STYLE = (TEMPLATES / "announcement" / "page.css").read_text()
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"

NOTICE = Notice(
    slug="2026-11-23-incident",
    organisation="示例网络科技有限公司",
    wordings=(
        Wording(
            "zh-CN",
            "关于网络数据安全事件的公告",
            (
                Section("安全事件和风险情况", ("我们发现部分个人信息可能被泄露。", "涉及姓名和手机号。")),
                Section("您可以采取的措施", ("请修改密码。",)),
            ),
            "个人信息保护负责人，电话 400-000-0000",
        ),
        Wording(
            "en", "Notice of a data security incident", (Section("What happened", ("Text.",)),), "Call us"
        ),
    ),
    revisions=(Revision(1, Standing.ISSUED, AT),),
)
CORRECTED = replace(
    NOTICE,
    revisions=(
        *NOTICE.revisions,
        Revision(2, Standing.CORRECTED, AT + timedelta(hours=3), {"zh-CN": "人数由 120 万更正为 121 万"}),
    ),
)
WITHDRAWN = replace(
    CORRECTED,
    revisions=(
        *CORRECTED.revisions,
        Revision(3, Standing.WITHDRAWN, AT + timedelta(days=1), {"zh-CN": "误报"}),
    ),
)
