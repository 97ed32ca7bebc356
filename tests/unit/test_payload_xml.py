from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.events import (
    AcquisitionChanged,
    AppEvent,
    CardClicked,
    Channel,
    CustomerAdded,
    CustomerLost,
    Event,
    GroupChanged,
    MessageReceived,
    ServiceNotified,
    TagChanged,
    TransferFailed,
)
from bot.wecom.payload import parse_xml

DATA = Path(__file__).parent.parent / "data" / "wecom"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
CUSTOMER = "wmDemoAAAA0000000000000000000001"
GROUP = "wrDemoChat000000000000000000001"
ACCOUNT = "wkDemoKfAAAA000000000000000001"


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(1767200000 + seconds, UTC)


EXPECTED_XML: dict[str, Event] = {
    "msg_text.xml": MessageReceived(
        id="app:7000000000000000033",
        at=at(33),
        conversation="app:1000002:liming",
        channel=Channel.APP,
        account="1000002",
        sender="liming",
        text="今天的报价单发我一下",
    ),
    "msg_image.xml": MessageReceived(
        id="app:7000000000000000034",
        at=at(34),
        conversation="app:1000002:liming",
        channel=Channel.APP,
        account="1000002",
        sender="liming",
        kind="image",
        media_id="MEDIAID-IMG-1",
    ),
    "evt_change_external_contact__add_external_contact.xml": CustomerAdded(
        id="",
        at=at(1),
        conversation=f"contact:liming:{CUSTOMER}",
        member="liming",
        customer=CUSTOMER,
        state="qr_spring_07",
        welcome_code="WELCOMECODE-DEMO-0001",
    ),
    "evt_change_external_contact__add_half_external_contact.xml": CustomerAdded(
        id="",
        at=at(3),
        conversation=f"contact:liming:{CUSTOMER}",
        member="liming",
        customer=CUSTOMER,
        state="qr_spring_07",
        welcome_code="WELCOMECODE-DEMO-0002",
        half=True,
    ),
    "evt_change_external_contact__del_external_contact.xml": CustomerLost(
        id="",
        at=at(5),
        conversation=f"contact:liming:{CUSTOMER}",
        member="liming",
        customer=CUSTOMER,
        by_customer=False,
        source="DELETE_BY_TRANSFER",
    ),
    "evt_change_external_contact__del_follow_user.xml": CustomerLost(
        id="",
        at=at(6),
        conversation=f"contact:liming:{CUSTOMER}",
        member="liming",
        customer=CUSTOMER,
        by_customer=True,
    ),
    "evt_change_external_contact__transfer_fail.xml": TransferFailed(
        id="",
        at=at(7),
        conversation=f"contact:wangfang:{CUSTOMER}",
        member="wangfang",
        customer=CUSTOMER,
        reason="customer_refused",
    ),
    "evt_change_external_chat__update_add_member.xml": GroupChanged(
        id="",
        at=at(10),
        conversation=f"group:{GROUP}",
        chat_id=GROUP,
        change="update",
        detail="add_member",
        members=(CUSTOMER, "wmDemoAAAA0000000000000000000002"),
        join_scene=3,
        last_version="00aa11bb22cc33dd44ee55ff66001122",
        version="0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    ),
    "evt_change_external_tag__shuffle.xml": TagChanged(
        id="",
        at=at(19),
        conversation="corp",
        change="shuffle",
        tag_id="etDemoGroup00000000000000000001",
        strategy_id="1",
    ),
    "evt_customer_acquisition__quota_expire_soon.xml": AcquisitionChanged(
        id="",
        at=at(23),
        conversation="corp",
        change="quota_expire_soon",
        expire_at=datetime.fromtimestamp(1768409600, UTC),
        expire_quota=100,
    ),
    "evt_customer_acquisition__message_from_customer.xml": AcquisitionChanged(
        id="",
        at=at(29),
        conversation="corp",
        change="message_from_customer",
        link_id="cawcdeDemoLink01",
        state="ad_42",
        chat_key="CHATKEY-DEMO-0001",
    ),
    "evt_kf_msg_or_event.xml": ServiceNotified(
        id="",
        at=at(30),
        conversation=f"kf:{ACCOUNT}:",
        account=ACCOUNT,
        token="ENCDemoKfToken00000000000000000000000000000001",
    ),
    "evt_template_card_event.xml": CardClicked(
        id="",
        at=at(45),
        conversation="app:1000002:liming",
        channel=Channel.APP,
        account="1000002",
        user="liming",
        key="btn_approve",
        task_id="task-0001",
        card_type="multiple_interaction",
        response_code="RESPONSECODE-DEMO-1",
        selected={"q1": ("opt1",), "q2": ("opt2", "opt3")},
    ),
    "evt_batch_job_result.xml": AppEvent(
        id="",
        at=at(47),
        conversation="corp",
        name="batch_job_result",
        user="",
        details={
            "BatchJob.JobId": "JOBID-DEMO-0001",
            "BatchJob.JobType": "sync_user",
            "BatchJob.ErrCode": "0",
            "BatchJob.ErrMsg": "ok",
        },
    ),
    "evt_click.xml": AppEvent(
        id="",
        at=at(43),
        conversation="app:1000002:liming",
        name="click",
        user="liming",
        agent_id="1000002",
        key="MENU_PRICE",
        details={},
    ),
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED_XML.items(), ids=EXPECTED_XML.keys())
def test_an_xml_sample_in_full(name: str, expected: Event) -> None:
    event = parse_xml((DATA / name).read_bytes(), NOW)
    if not expected.id:
        assert event.id.startswith("event:")
        event = replace(event, id="")
    assert event == expected
