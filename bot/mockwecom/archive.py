"""The message archive (会话内容存档): what people write in chats and groups, as WeCom seals it.

WeCom does not publish the cipher under the random key. Ours is a stand-in, which both sides
describe separately: AES-256-CBC, key SHA-256 of the random key, IV its first 16 bytes, PKCS#7,
base64. A random key serves a hundred messages, since RSA for each would be a test's slowest part.
"""

import base64
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import padding as blocks
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from bot.mockwecom.chats import Line
from bot.mockwecom.endpoint import Answer, Endpoint, Request
from bot.mockwecom.payloads import msg_audit_approved
from bot.mockwecom.people import CannotAct
from bot.mockwecom.rules import Refusal
from bot.mockwecom.shapes import Items, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

ROOM: Shape = {"roomid!": Text(empty=False)}
PAIR: Shape = {"userid!": Text(empty=False), "exteranalopenid!": Text(empty=False)}
PAIRS: Shape = {"info!": Items(of=PAIR, most=100)}
ONE_KEY = 100  # messages
MOST = 1000


class Archive:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self._key: rsa.RSAPublicKey | None = None
        self.secret, self.version = "", 0
        self._refusing: set[str] = set()
        self._agreed_by_hand: set[str] = set()
        self._random: tuple[bytes, str] = b"", ""

    def endpoints(self) -> dict[str, Endpoint]:
        return {
            "msgaudit/check_room_agree": Endpoint(
                answer=self._room, body=ROOM, empty={"agreeinfo": []}
            ),
            "msgaudit/check_single_agree": Endpoint(
                answer=self._single, body=PAIRS, empty={"agreeinfo": []}
            ),
        }

    # What people do

    def open_archive(self, secret: str, public_key: str, version: int = 1) -> None:
        """The company turns the archive on, with the public key (PEM) of this version."""
        key = load_pem_public_key(public_key.encode())
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size != 2048:
            raise CannotAct("the public key is RSA of 2048 bits")
        self.secret, self._key, self.version = secret, key, version
        self._random = b"", ""

    def customer_refuses_archive(self, customer: str) -> None:
        """The customer refuses the archive (不同意存档)."""
        if customer not in self._corp.customers:
            raise CannotAct(f"no customer {customer!r}; add_customer comes first")
        self._refusing.add(customer)

    async def customer_agrees_archive(self, customer: str, member: str) -> str:
        """They agree (同意存档); returns the welcome code, "" if none is given out (doc 92005)."""
        userid = self._corp.member(member).userid
        if userid not in self._corp.contacts.followers(customer):
            raise CannotAct(f"{member} does not follow {customer}; customer_adds_member first")
        self._refusing.discard(customer)
        self._agreed_by_hand.add(customer)
        code = self._corp.contacts.new_code(userid, customer)
        now = self._corp.seconds()
        told = msg_audit_approved(self._corp.corp_id, now, userid, customer, code)
        self._corp.pushes.push(told, member=userid)
        return code

    def awaits(self, customer: str) -> bool:
        """Whether nobody may welcome them before they agree."""
        asked = self._corp.rules["archive_consent_first"]
        return bool(asked) and customer not in self._agreed_by_hand

    # The native SDK

    def get_chat_data(self, secret: str, seq: int, limit: int) -> dict[str, Any]:
        """What GetChatData returns: the messages after `seq`."""
        if self._key is None or secret != self.secret:
            return {"errcode": 10000, "errmsg": "the archive is not enabled, or another secret"}
        if not 1 <= limit <= MOST:
            return {"errcode": 10000, "errmsg": "limit"}
        lines = self._corp.chats.lines[seq:]
        found = [line for line in lines if self._is_kept(line)][:limit]
        return {"errcode": 0, "errmsg": "ok", "chatdata": [self._sealed(one) for one in found]}

    def _is_kept(self, line: Line) -> bool:
        talk = line.chat.startswith(("group:", "contact:"))
        return talk and line.kind == "text" and line.by != "system"

    def _sealed(self, line: Line) -> dict[str, Any]:
        key, told = self._random_key(line.seq)
        plain = json.dumps(self._told(line), ensure_ascii=False).encode()
        digest = sha256(key).digest()
        padder = blocks.PKCS7(128).padder()
        closing = Cipher(algorithms.AES(digest), modes.CBC(digest[:16])).encryptor()
        data = closing.update(padder.update(plain) + padder.finalize()) + closing.finalize()
        return {
            "seq": line.seq, "msgid": line.msgid, "publickey_ver": self.version,
            "encrypt_random_key": told, "encrypt_chat_msg": base64.b64encode(data).decode(),
        }  # fmt: skip

    def _random_key(self, seq: int) -> tuple[bytes, str]:
        if not self._random[0] or seq % ONE_KEY == 0:
            assert self._key is not None
            key = self._corp.new_id("", 32).encode()
            sealed = self._key.encrypt(key, padding.PKCS1v15())
            self._random = key, base64.b64encode(sealed).decode()
        return self._random

    def _told(self, line: Line) -> dict[str, Any]:
        place, _, rest = line.chat.partition(":")
        room = rest if place == "group" else ""
        to = [one for one in rest.split(":") if one != line.sender] if not room else []
        return {
            "msgid": f"{line.msgid}_external", "action": "send", "from": line.sender, "tolist": to,
            "roomid": room, "msgtime": int(line.at.timestamp() * 1000), "msgtype": "text",
            "text": {"content": line.text},
        }  # fmt: skip

    # APIs

    async def _room(self, request: Request) -> Answer:
        group = self._corp.people.groups.get(request.body["roomid"])
        if group is None:
            raise Refusal(301061)
        people = [one for one in group.people if one in self._corp.customers]
        return {"agreeinfo": [self._agreed(one) for one in people]}

    async def _single(self, request: Request) -> Answer:
        info = request.body["info"]
        told = [{**self._agreed(one["exteranalopenid"]), "userid": one["userid"]} for one in info]
        return {"agreeinfo": told}

    def _agreed(self, customer: str) -> dict[str, Any]:
        status = "Disagree" if customer in self._refusing else "Agree"
        return {"status_change_time": 0, "exteranalopenid": customer, "agree_status": status}
