"""One request for a page: who asks, in which language, and how to answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final
from urllib.parse import quote, unquote

from aiohttp import web
from multidict import MultiMapping

from bot.errors import Declined
from bot.files.reader import listed
from bot.reasons import in_english
from bot.store.desk.audit import Changed, Deed
from bot.store.desk.staff import Role, Staff
from bot.store.sql import whole
from bot.telling.complaints import teller
from bot.telling.words import LANGUAGES, Language, dated, span, unfilled, worded
from bot.web.browser import browser_language, client_language, client_theme, is_client
from bot.web.console.nav import NAV
from bot.web.office import Office
from bot.web.session import Session
from bot.web.templates import TEMPLATES, time_tag

Form = MultiMapping[str | bytes | bytearray | web.FileField]
SAID: Final = "said"  # the cookie with a message that the next page shows once
MOST_LISTED: Final = 500  # to write a list of thousands into a file takes minutes
NO_STORE: Final = {"Cache-Control": "no-store"}


@dataclass(slots=True, kw_only=True)
class Visit:
    """`staff` is None on pages that are open to strangers."""

    office: Office
    request: web.Request
    session: Session
    staff: Staff | None
    fields: Form | None = field(default=None)  # of a form that was sent
    marks: str = ""  # of what can change, from before the page was read (live.py)
    language: Language = field(init=False)

    def __post_init__(self) -> None:
        asked = (self.request.query.get("lang"), self.request.cookies.get("lang"))
        chosen = next((one for one in asked if one), self._spoken)
        self.language = next((known for known in LANGUAGES if known == chosen), "zh")

    @property
    def me(self) -> Staff:
        """Who asks, on pages that are closed to strangers."""
        assert self.staff is not None  # the route asks for a role
        return self.staff

    @property
    def base(self) -> str:
        """Our address as browsers see it, without a slash at the end."""
        public = self.office.settings.server.public_url
        return public.rstrip("/") or f"{self.request.scheme}://{self.request.host}"

    @property
    def _spoken(self) -> Language:
        """The language to which the client or the browser is set."""
        if is_client(self._client):
            return client_language(self._client)
        return browser_language(self.request.headers.get("Accept-Language", ""))

    @property
    def _client(self) -> str:
        return self.request.headers.get("User-Agent", "")

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a part of a page."""
        return "HX-Request" in self.request.headers

    def t(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def dated(self, day: date | str, *, near: bool = False) -> str:
        """A day in words; as text it is YYYY-MM-DD. Without the year if it is near."""
        return dated(day, None if near else self.office.today.year, self.language)

    def asked(self, name: str, default: str = "") -> str:
        """What the form, else the query, says under `name`, without surrounding blanks. Forms send
        each end of a line as two characters."""
        form = self.fields if self.fields is not None and name in self.fields else None
        value = (self.request.query if form is None else form).get(name, default)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else default

    @property
    def form(self) -> Form:
        """The form, on pages that take only forms."""
        assert self.fields is not None  # the route is a POST
        return self.fields

    def several(self, name: str) -> list[str]:
        """All values of the form under `name`, such as ticked boxes; none without a form."""
        given = self.fields.getall(name, []) if self.fields is not None else []
        return [one for one in given if isinstance(one, str)]

    def listed(self, name: str) -> list[str]:
        """What the form says under `name`, with commas between or several times; each once.

        Raises:
            Declined: they are too many.
        """
        found = [*dict.fromkeys(part for text in self.several(name) for part in listed(text))]
        if len(found) > MOST_LISTED:
            raise Declined(
                f"一次最多填 {MOST_LISTED} 个。", f"List {MOST_LISTED} of them at most."
            )
        return found

    def number(self, name: str, default: int = 0) -> int:
        return whole(self.asked(name), default)

    def part(self, name: str) -> str:
        """A part of the path, by name."""
        return self.request.match_info[name]

    def seq(self, name: str) -> int:
        """The number of a row in the path; 0, which no row has, if it is not a number."""
        return whole(self.part(name))

    def html(
        self, template: str, /, *, status: int = 200, trigger: str = "", **values: Any
    ) -> web.Response:
        """
        Args:
            trigger: the events that the rest of the page gets (htmx).
        """
        text = TEMPLATES.get_template(template).render(self._common() | values)
        response = web.Response(text=text, content_type="text/html", status=status)
        response.headers.update(NO_STORE)
        if trigger:
            response.headers["HX-Trigger"] = trigger
        if not self.partial and SAID in self.request.cookies:
            response.del_cookie(SAID, path="/")
        return response

    def _common(self) -> dict[str, Any]:
        office, language = self.office, self.language
        now = office.clock.timestamp()
        return {
            "visit": self,
            "me": self.staff,
            "t": self.t,
            "language": language,
            "theme": self.theme,
            "Role": Role,
            "now": now,
            "csrf": office.seal.token(self.session),
            "asset": office.assets.address,
            "company": office.settings.company.name,
            "when": partial(time_tag, now=now, zone=office.zone, language=language),
            "dated": self.dated,
            "span": partial(span, language=language),
            "worded": partial(worded, language=language),
            "why_of": lambda why: (language == "en" and in_english(why)) or why,
            "unfilled": partial(unfilled, language=language),
            "tell": teller(language, office.desk.edition.library),
            "nav": NAV,
            "just_done": unquote(self.request.cookies.get(SAID, ""))[:200],
            "path": self.request.path,
            "here": self._here,
            "query": self.request.query,
        }

    @property
    def _here(self) -> str:
        """The page's own address, for whoever switches its language or look; without the query
        where it answers a form."""
        address = self.request.rel_url
        return str(address.without_query_params("lang")) if self.fields is None else address.path

    @property
    def theme(self) -> str:
        """ "" follows the device."""
        chosen = self.request.cookies.get("theme") or client_theme(self._client)
        return chosen if chosen in ("light", "dark") else ""

    def told(
        self, zh: str, en: str, *, status: int = 200, kind: str = "good", trigger: str = "",
        undo: str = "",
    ) -> web.Response:  # fmt: skip
        """A short message on the current page (htmx), or a page of its own.

        Args:
            kind: good or bad.
            undo: the address that takes a slip back.
        """
        response = self.html(
            "toast.html" if self.partial else "message.html",
            status=status, trigger=trigger, message=self.t(zh, en), kind=kind,
            undo=undo,
        )  # fmt: skip
        if self.partial:
            response.headers["HX-Retarget"] = "#toasts"
            response.headers["HX-Reswap"] = "beforeend"
        return response

    def wrong(self, zh: str, en: str, status: int = 422) -> web.Response:
        """A refusal that says why, and what to do."""
        return self.told(zh, en, status=status, kind="bad")

    def go(self, address: str, zh: str = "", en: str = "") -> web.Response:
        """On to another page after a form; that page says what was done."""
        if self.partial:
            response = web.Response(headers={"HX-Redirect": address, **NO_STORE})
        else:
            response = web.Response(status=303, headers={"Location": address, **NO_STORE})
        if zh:
            said = quote(self.t(zh, en))
            response.set_cookie(SAID, said, max_age=60, path="/", httponly=True, samesite="Lax")
        return response

    async def note(
        self, act: str, subject: str, why: str = "", details: str = "",
        changes: Sequence[Changed] = (),
    ) -> None:  # fmt: skip
        """Note in the audit log that they did this."""
        await self.office.note(
            Deed(
                who=self.me.id,
                act=act,
                subject=subject,
                why=why,
                details=details,
                changes=changes,
            )
        )
