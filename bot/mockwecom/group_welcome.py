"""Welcome material of groups (入群欢迎语素材): stored here, put to use by people (doc 92366)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.mockwecom.attachments import ATTACHMENTS, check_attachments
from bot.mockwecom.endpoint import Answer, Endpoint, Request, sized
from bot.mockwecom.rules import Refusal
from bot.mockwecom.shapes import Number, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

CONTENT: dict[str, Shape] = {
    "text": {"content": sized("group_welcome_bytes")},
    **ATTACHMENTS,
    "agentid": Number(),
}
ADD: Shape = {**CONTENT, "notify": Number(among=(0, 1))}
EDIT: Shape = {"template_id!": Text(empty=False), **CONTENT}
ONE: dict[str, Shape] = {"template_id!": Text(empty=False)}
DELETE: Shape = {**ONE, "agentid": Number()}


@dataclass(slots=True, kw_only=True)
class Material:
    content: Mapping[str, Any]
    agent_id: int  # the app that made it: no other may change it
    notified: bool


class GroupWelcomes:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.materials: dict[str, Material] = {}

    def reset(self) -> None:
        self.materials.clear()

    def endpoints(self) -> dict[str, Endpoint]:
        home = "externalcontact/group_welcome_template"
        return {
            f"{home}/add": Endpoint(answer=self._add, body=ADD),
            f"{home}/edit": Endpoint(answer=self._edit, body=EDIT),
            f"{home}/get": Endpoint(answer=self._get, body=ONE),
            f"{home}/del": Endpoint(answer=self._delete, body=DELETE),
        }

    async def _add(self, request: Request) -> Answer:
        content = self._content(request)
        self._corp.rules.hold("group_welcomes", len(self.materials) + 1)
        template_id = self._corp.new_id("msg")
        self.materials[template_id] = Material(
            content=content, agent_id=request.app.agent_id,
            notified=bool(request.body.get("notify", 1)),
        )  # fmt: skip
        return {"template_id": template_id}

    async def _edit(self, request: Request) -> Answer:
        self._own(request).content = self._content(request)
        return {}

    async def _get(self, request: Request) -> Answer:
        return dict(self._found(request).content)

    async def _delete(self, request: Request) -> Answer:
        self._own(request)
        del self.materials[request.body["template_id"]]
        return {}

    def _content(self, request: Request) -> Mapping[str, Any]:
        """The text and one attachment: of several, the first in the page's order."""
        body = request.body
        text = body.get("text", {}).get("content", "")
        kinds = [kind for kind in ATTACHMENTS if kind in body]
        if not (text or kinds):
            raise Refusal(41089)
        check_attachments(self._corp, [{"msgtype": one, one: body[one]} for one in kinds[:1]])
        told = {"text": {"content": text}} if text else {}
        return {**told, **{kind: body[kind] for kind in kinds[:1]}}

    def _found(self, request: Request) -> Material:
        material = self.materials.get(request.body["template_id"])
        if material is None:
            raise Refusal(40058, "no such template_id")
        return material

    def _own(self, request: Request) -> Material:
        material = self._found(request)
        if material.agent_id != request.app.agent_id:
            raise Refusal(41058)
        return material
