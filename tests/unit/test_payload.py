import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.events import (
    Event,
    Unrecognised,
)
from bot.events.encoding import KINDS, decode, encode
from bot.wecom.payload import parse_bot, parse_bot_frame, parse_service_item, parse_xml

DATA = Path(__file__).parent.parent / "data" / "wecom"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ACCOUNT = "wkDemoKfAAAA000000000000000001"
ITEMS: dict[str, dict[str, Any]] = {
    item["msgid"]: item
    for item in json.loads((DATA / "api_kf_sync_msg.json").read_text("utf-8"))["response_body"][
        "msg_list"
    ]
}

# What each sample is, by the first pattern that fits its name.
KINDS_OF_SAMPLES = {
    "msg_": "MessageReceived",
    "aibot_msg_stream": "StreamPolled",
    "aibot_msg_": "MessageReceived",
    "aibot_evt_enter_chat": "ChatEntered",
    "aibot_evt_feedback": "FeedbackGiven",
    "aibot_evt_template_card": "CardClicked",
    "evt_change_external_contact__add_": "CustomerAdded",
    "evt_change_external_contact__edit_": "CustomerEdited",
    "evt_change_external_contact__del_": "CustomerLost",
    "evt_change_external_contact__transfer": "TransferFailed",
    "evt_change_external_contact__msg_audit": "ArchiveConsented",
    "evt_change_external_chat": "GroupChanged",
    "evt_change_external_tag": "TagChanged",
    "evt_customer_acquisition": "AcquisitionChanged",
    "evt_kf_msg": "ServiceNotified",
    "evt_kf_account": "ServiceAccountsChanged",
    "evt_msgaudit": "ArchiveNotified",
    "evt_template_card": "CardClicked",
    "evt_": "AppEvent",
}
SAMPLES = sorted(
    path.name
    for pattern in ("evt_*.xml", "msg_*.xml", "aibot_evt_*.json", "aibot_msg_*.json")
    for path in DATA.glob(pattern)
)


def sample(name: str) -> Event:
    plain = (DATA / name).read_bytes()
    return parse_xml(plain, NOW) if name.endswith(".xml") else parse_bot(plain, NOW)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_an_event_of_its_kind_and_survives_storage(name: str) -> None:
    event = sample(name)
    kind = next(k for prefix, k in KINDS_OF_SAMPLES.items() if name.startswith(prefix))
    assert isinstance(event, KINDS[kind]), event
    assert decode(kind, encode(event)) == event


def test_the_samples_are_all_different_happenings() -> None:
    assert len(SAMPLES) >= 50
    assert len({sample(name).id for name in SAMPLES}) == len(SAMPLES)


def test_a_redelivery_has_the_same_id_whenever_it_arrives() -> None:
    later = datetime(2026, 2, 2, tzinfo=UTC)
    for name in SAMPLES:
        plain = (DATA / name).read_bytes()
        parse = parse_xml if name.endswith(".xml") else parse_bot
        assert parse(plain, NOW).id == parse(plain, later).id


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def broken(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """`whole` with some values replaced by anything."""
    return st.dictionaries(st.sampled_from(sorted(whole)), json_values).map(
        lambda wrong: {**whole, **wrong}
    )


@given(st.binary() | st.binary().map(lambda inner: b"<xml>" + inner + b"</xml>"))
@example(b"\xff<xml></xml>")
@example(b'<?xml version="1.0" encoding="no-such"?><xml><MsgType>x</MsgType></xml>')
@example(b'<?xml version="1.0" encoding="utf-16"?><xml></xml>')
def test_no_bytes_raise(plain: bytes) -> None:
    assert storable(parse_xml(plain, NOW))
    assert storable(parse_bot(plain, NOW))


@given(
    st.dictionaries(st.text(), json_values)
    | st.sampled_from([item for item in ITEMS.values() if "event" in item]).flatmap(
        lambda item: broken(item["event"]).map(lambda event: {**item, "event": event})
    )
    | st.sampled_from(list(ITEMS.values())).flatmap(broken)
)
def test_no_service_item_raises(item: dict[str, Any]) -> None:
    assert storable(parse_service_item(ACCOUNT, item, NOW))


BODIES = [
    json.loads((DATA / name).read_text("utf-8")) for name in SAMPLES if name.endswith(".json")
]


@given(
    st.dictionaries(st.text(), json_values)
    | st.sampled_from(BODIES).flatmap(broken)
    | st.sampled_from(BODIES).flatmap(
        lambda body: (
            broken(body.get(body["msgtype"], {})).map(
                lambda inner: {**body, body["msgtype"]: inner}
            )
            if body[body["msgtype"]]
            else st.just(body)
        )
    )
)
def test_no_bot_body_raises(body: dict[str, Any]) -> None:
    assert storable(parse_bot_frame("aibot_msg_callback", "r", body, NOW))
    assert storable(parse_bot(json.dumps(body).encode(), NOW))


def test_a_body_too_deep_for_json_is_kept() -> None:
    body: dict[str, Any] = {}
    for _ in range(5000):
        body = {"a": body}
    assert isinstance(parse_bot_frame("aibot_msg_callback", "r", body, NOW), Unrecognised)


def storable(event: Event) -> bool:
    return decode(type(event).__name__, encode(event)) == event
