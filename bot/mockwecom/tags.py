"""The company's tags (企业客户标签): the catalogue, and who has which (docs 92117, 92118).

Callbacks report what people change in their client or in the console, but not what an API changes
(doc 92130).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.mockwecom.endpoint import Answer, Endpoint, Request
from bot.mockwecom.payloads import edit_external_contact, external_tag, external_tag_shuffle
from bot.mockwecom.people import CannotAct
from bot.mockwecom.rules import Refusal
from bot.mockwecom.shapes import Items, Number, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.contact import Relation
    from bot.mockwecom.corp import MockCorp

MANY = 10_000
IDS = Items(of=Text(empty=False), most=MANY, least=0)
LIST: dict[str, Shape] = {"tag_id": IDS, "group_id": IDS}
ADD: Shape = {
    "group_id": Text(),
    "group_name": Text(),
    "order": Number(),
    "tag!": Items(of={"name!": Text(empty=False), "order": Number()}, most=MANY),
    "agentid": Number(),
}
EDIT: Shape = {"id!": Text(empty=False), "name": Text(), "order": Number(), "agentid": Number()}
DELETE: Shape = {**LIST, "agentid": Number()}
MARK: Shape = {
    "userid!": Text(code=41009, empty=False),
    "external_userid!": Text(code=41035, empty=False),
    "add_tag": IDS,
    "remove_tag": IDS,
}


@dataclass(slots=True, kw_only=True)
class Tag:
    id: str
    name: str
    made_at: int
    order: int = 0


@dataclass(slots=True, kw_only=True)
class TagGroup:
    id: str
    name: str
    made_at: int
    order: int = 0
    tags: dict[str, Tag] = field(default_factory=dict)


class Tags:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.groups: dict[str, TagGroup] = {}

    def endpoints(self) -> dict[str, Endpoint]:
        def api(answer: Any, body: Shape, **empty: Any) -> Endpoint:
            return Endpoint(answer=answer, body=body, empty=empty)

        return {
            "externalcontact/get_corp_tag_list": api(self._list, LIST, tag_group=[]),
            "externalcontact/add_corp_tag": api(self._add, ADD),
            "externalcontact/edit_corp_tag": api(self._edit, EDIT),
            "externalcontact/del_corp_tag": api(self._delete, DELETE),
            "externalcontact/mark_tag": api(self._mark, MARK),
        }

    # What people do

    async def console_adds_tag(self, group: str, name: str) -> str:
        """`group` is a name; a new one makes a group. Returns the tag's id."""
        known = {one.name for one in self.groups.values()}
        home = self._group(group)
        tag = self._new_tag(home, name, 0)
        if group not in known:
            self._tell("create", home.id, "tag_group")
        self._tell("create", tag.id, "tag")
        return tag.id

    async def console_renames_tag(self, tag_id: str, name: str) -> None:
        tag = self._found(tag_id)
        if tag is None:
            raise CannotAct(f"no tag {tag_id!r}; console_adds_tag gives ids")
        tag.name = name
        self._tell("update", tag_id, "tag" if isinstance(tag, Tag) else "tag_group")

    async def console_deletes_tag(self, tag_id: str) -> None:
        """Deletes a tag or a group; no callback reports the group's tags (doc 92130)."""
        tag = self._found(tag_id)
        if tag is None:
            raise CannotAct(f"no tag {tag_id!r}; console_adds_tag gives ids")
        self._forget([tag_id])
        self._tell("delete", tag_id, "tag" if isinstance(tag, Tag) else "tag_group")

    async def console_orders_tags(self, group: str = "", names: Sequence[str] = ()) -> None:
        """Put the tags of a group into this order; without `group` the groups themselves."""
        home = self._named_group(group)
        if group and home is None:
            raise CannotAct(f"no group of tags {group!r}; console_adds_tag makes them")
        moved: Mapping[str, Tag | TagGroup] = home.tags if home else self.groups
        for one in moved.values():
            if one.name in names:
                one.order = len(names) - names.index(one.name)
        now = self._corp.seconds()
        told = external_tag_shuffle(self._corp.corp_id, now, home.id if home else "", "")
        self._corp.pushes.push(told)

    async def member_tags_customer(
        self,
        customer: str,
        member: str,
        add: list[str] | None = None,
        remove: list[str] | None = None,
    ) -> None:
        """`add`, `remove`: ids of tags."""
        key = (self._corp.people.member(member).userid, customer)
        relation = self._corp.contacts.relations.get(key)
        if relation is None:
            raise CannotAct(f"{member} does not follow {customer}; customer_adds_member first")
        for tag in (*(add or ()), *(remove or ())):
            if tag not in self.named():
                raise CannotAct(f"no tag {tag!r}; console_adds_tag gives ids")
        self._change(relation, add or [], remove or [])
        now = self._corp.seconds()
        payload = edit_external_contact(self._corp.corp_id, now, *key)
        self._corp.pushes.push(payload, member=key[0])

    def named(self) -> dict[str, tuple[str, str]]:
        """The names of a tag's group and of the tag, by id."""
        return {
            tag.id: (group.name, tag.name)
            for group in self.groups.values()
            for tag in group.tags.values()
        }

    # APIs

    async def _list(self, request: Request) -> Answer:
        """`group_id` asks for the tags of those groups; without it `tag_id` for those tags."""
        groups, tags = request.body.get("group_id", []), request.body.get("tag_id", [])
        asked = bool(groups or tags)
        shown = []
        for group in sorted(self.groups.values(), key=lambda one: -one.order):
            inside = [
                tag
                for tag in sorted(group.tags.values(), key=lambda one: -one.order)
                if group.id in groups or (not groups and (not tags or tag.id in tags))
            ]
            if inside:
                shown.append(_group_fields(group, inside, deleted=asked))
        return {"tag_group": shown}

    async def _add(self, request: Request) -> Answer:
        body = request.body
        self._check_agent(request)
        group_id, name = body.get("group_id", ""), body.get("group_name", "")
        if group_id and group_id not in self.groups:
            raise Refusal(40068)
        if not (group_id or name):
            raise Refusal(40063, "some parameters are empty: group_id, group_name")
        self._check_name(name)
        home = self.groups[group_id] if group_id else self._named_group(name)
        names = [tag["name"] for tag in body["tag"]]
        for one in names:
            self._check_name(one)
        taken = {tag.name for tag in home.tags.values()} if home else set()
        if len(set(names)) < len(names) or taken.intersection(names):
            raise Refusal(40071)
        self._corp.rules.hold("tags_of_company", len(self.named()) + len(names))
        home = home or self._group(name)
        if "order" in body:
            home.order = body["order"]
        made = [self._new_tag(home, tag["name"], tag.get("order", 0)) for tag in body["tag"]]
        return {"tag_group": _group_fields(home, made)}

    async def _edit(self, request: Request) -> Answer:
        body = request.body
        self._check_agent(request)
        tag = self._found(body["id"])
        if tag is None:
            raise Refusal(40068)
        if "name" in body:
            self._check_name(body["name"])
            if any(other.name == body["name"] for other in self._beside(tag)):
                raise Refusal(40071)
            tag.name = body["name"]
        tag.order = body.get("order", tag.order)
        return {}

    async def _delete(self, request: Request) -> Answer:
        self._check_agent(request)
        ids = [*request.body.get("tag_id", []), *request.body.get("group_id", [])]
        if not ids:
            raise Refusal(40063, "some parameters are empty: tag_id, group_id")
        if any(self._found(one) is None for one in ids):
            raise Refusal(40068)
        self._forget(ids)
        return {}

    async def _mark(self, request: Request) -> Answer:
        body = request.body
        member = self._corp.people.asked_member(request.app, body["userid"])
        customer = self._corp.people.asked_customer(body["external_userid"])
        add, remove = body.get("add_tag", []), body.get("remove_tag", [])
        if not (add or remove):
            raise Refusal(40063, "some parameters are empty: add_tag, remove_tag")
        relation = self._corp.contacts.followers(customer.external_userid).get(member.userid)
        if relation is None:
            raise Refusal(84061)
        known = self.named()
        if any(tag not in known for tag in (*add, *remove)):
            raise Refusal(40068)
        self._corp.rules.hold("tags_of_contact", len({*relation.tags, *add} - {*remove}))
        self._change(relation, add, remove)
        return {}

    # Inside

    def _found(self, tag_id: str) -> Tag | TagGroup | None:
        if tag_id in self.groups:
            return self.groups[tag_id]
        for group in self.groups.values():
            if tag_id in group.tags:
                return group.tags[tag_id]
        return None

    def _beside(self, tag: Tag | TagGroup) -> list[Tag | TagGroup]:
        """Those whose names must differ from this one's."""
        for group in self.groups.values():
            if tag.id in group.tags:
                return [other for other in group.tags.values() if other is not tag]
        return [other for other in self.groups.values() if other is not tag]

    def _named_group(self, name: str) -> TagGroup | None:
        return next((group for group in self.groups.values() if group.name == name), None)

    def _group(self, name: str) -> TagGroup:
        """The group of this name, made if it is new."""
        known = self._named_group(name)
        if known is None:
            known = TagGroup(id=self._corp.new_id("et"), name=name, made_at=self._corp.seconds())
            self.groups[known.id] = known
        return known

    def _new_tag(self, group: TagGroup, name: str, order: int) -> Tag:
        tag = Tag(id=self._corp.new_id("et"), name=name, made_at=self._corp.seconds(), order=order)
        group.tags[tag.id] = tag
        return tag

    def _forget(self, ids: list[str]) -> None:
        """Delete them, and groups that have no more tags."""
        gone = {tag for one in ids if one in self.groups for tag in self.groups[one].tags}
        gone.update(ids)
        for group in list(self.groups.values()):
            for tag in gone.intersection(group.tags):
                del group.tags[tag]
            if not group.tags:
                del self.groups[group.id]
        for relation in self._corp.contacts.relations.values():
            relation.tags = [tag for tag in relation.tags if tag not in gone]

    def _change(self, relation: "Relation", add: list[str], remove: list[str]) -> None:
        kept = [tag for tag in relation.tags if tag not in remove]
        relation.tags = [*kept, *(tag for tag in dict.fromkeys(add) if tag not in kept)]

    def _check_name(self, name: str) -> None:
        self._corp.rules.hold("tag_name_chars", len(name))

    def _check_agent(self, request: Request) -> None:
        agent = request.body.get("agentid", request.app.agent_id)
        if agent not in self._corp.apps:
            raise Refusal(40056)
        if agent != request.app.agent_id:
            raise Refusal(301002)

    def _tell(self, change: str, tag_id: str, kind: str) -> None:
        now = self._corp.seconds()
        self._corp.pushes.push(external_tag(self._corp.corp_id, now, change, tag_id, kind))


def _group_fields(group: TagGroup, tags: list[Tag], *, deleted: bool = False) -> dict[str, Any]:
    """`deleted`: whether they were asked for by id; only then does WeCom give that field."""
    mark = {"deleted": False} if deleted else {}
    return {
        "group_id": group.id,
        "group_name": group.name,
        "create_time": group.made_at,
        "order": group.order,
        "tag": [
            {"id": tag.id, "name": tag.name, "create_time": tag.made_at, "order": tag.order} | mark
            for tag in tags
        ],
        **mark,
    }
