"""Every error this program raises, classed by what the caller must do about it."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from errno import errorcode
from pathlib import Path
from traceback import extract_tb


class BotError(Exception):
    """The root; catch it only at the edge of the program."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One mistake in a file, told so that its writer can fix it."""

    file: str
    key: str  # the place in the file: "faq/refund.variants[1]", "app.secret"; "*": all of it
    problem: str
    cure: str

    def __str__(self) -> str:
        place = self.file if self.key == "*" else f"{self.file}: {self.key}"
        return f"{place}: {self.problem}. {self.cure}"


@dataclass(frozen=True, slots=True)
class Unread(Complaint):
    """`file`, or that folder, cannot be read at all: what else is wrong in it nobody knows."""


class ConfigError(BotError):
    """Settings cannot be used. Raised once, at start, with all complaints together."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("\n".join(str(complaint) for complaint in complaints))
        self.complaints = tuple(complaints)


class OldTables(ConfigError):
    """The database is of an older version, and this program may not upgrade it."""


class ScriptError(ConfigError):
    """Scripts cannot be used: as ConfigError, for scripts_library/."""


class BadCallback(BotError):
    """A callback is refused. `code` is the number of WeCom's sample library (-40001 …).

    The stranger gets `status` and an empty body; the reason is for our own log.
    """

    def __init__(self, reason: str, *, code: int = 0, status: int = 403) -> None:
        super().__init__(reason)
        self.reason, self.code, self.status = reason, code, status


class NotKept(BotError):
    """The inbox can store nothing just now: whoever brought an event has to bring it again."""


class BadSignal(BotError):
    """What the shop's system sent is refused. Its developer is told all of this."""

    def __init__(self, code: str, status: int, en: str, zh: str, field: str = "") -> None:
        super().__init__(code)
        self.code, self.status, self.en, self.zh, self.field = code, status, en, zh, field


class Declined(BotError):
    """A page cannot do what somebody asked; they are told why, in their language."""

    def __init__(self, zh: str, en: str, status: int = 422) -> None:
        super().__init__(en)
        self.zh, self.en, self.status = zh, en, status


def nobody(customer: str) -> Declined:
    return Declined(f"没有这位客户：{customer!r}", f"nobody has heard of {customer!r}")


class WeComError(BotError):
    """WeCom answered an API call with an errcode, or did not answer at all (errcode -2)."""

    def __init__(self, errcode: int, errmsg: str, api: str) -> None:
        super().__init__(f"{api}: errcode {errcode}: {errmsg}")
        self.errcode, self.errmsg, self.api = errcode, errmsg, api


class TryLater(WeComError):
    """Nothing was done; the same call may go through after `after_s` seconds."""

    def __init__(self, errcode: int, errmsg: str, api: str, *, after_s: float) -> None:
        super().__init__(errcode, errmsg, api)
        self.after_s = after_s


class TokenRejected(WeComError):
    """The access token is no good (40014, 42001 …). The client heals this once by itself."""


class WindowClosed(WeComError):
    """The customer's window is shut: nothing may be sent until they write again (95001 …)."""


class PersonServing(WindowClosed):
    """A person has the session now, so nothing is missing (95018, and the state says so)."""


class AlreadyDone(WeComError):
    """It is already as the call asked (41051, 40071 …): count it as done."""


class MediaExpired(WeComError):
    """Upload the media again, then retry (40007, 41072)."""


class Refused(WeComError):
    """Final: never send the same request again. `alert` means that a person must act."""

    def __init__(self, errcode: int, errmsg: str, api: str, *, alert: bool = False) -> None:
        super().__init__(errcode, errmsg, api)
        self.alert = alert


CURE = "`huashu doctor` tells why"  # added to a failure that lasts until somebody acts


class NoAnswer(WeComError):
    """The connection failed or timed out. `sent` says whether WeCom may have acted on it."""

    def __init__(self, reason: str, api: str, *, sent: bool) -> None:
        super().__init__(-2, reason, api)
        self.sent = sent


class Unreadable(NoAnswer):
    """WeCom's answer is not of the documented shape: asking again brings the same."""

    def __init__(self, reason: str, api: str) -> None:
        super().__init__(f"the answer has another shape: {reason}", api, sent=True)


def reason_of(error: WeComError) -> str:
    """What the log says of a failure: why there was no answer, and where to find the cure. WeCom's
    own text may quote somebody and stays out; its errcode stands beside it."""
    if isinstance(error, NoAnswer):
        return f": {error.errmsg}; {CURE}"
    return f"; {CURE}" if isinstance(error, Refused) and error.alert else ""


def kind_of(error: BaseException) -> str:
    """Its class, and the code of an error of the system (OSError EMFILE), without its message."""
    code = errorcode.get(error.errno or 0, "") if isinstance(error, OSError) else ""
    return f"{type(error).__name__} {code}".rstrip()


def where(error: BaseException) -> str:
    """Where an exception arose, without its message, which may quote somebody: the three innermost
    lines, and the innermost of the company's own code if it is not among them."""
    frames = extract_tb(error.__traceback__)[::-1]
    own = next((n for n, one in enumerate(frames) if _is_own(Path(one.filename))), 0)
    shown = [*frames[:3], *(frames[own : own + 1] if own > 2 else ())]
    return " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in shown)


def _is_own(path: Path) -> bool:
    """Whether the company wrote it: it is neither ours nor Python's, and not installed."""
    ours = any(map(path.is_relative_to, (Path(__file__).parent, Path(os.__file__).parent)))
    return path.is_absolute() and not ours and "site-packages" not in path.parts


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors themselves, if parallel tasks have wrapped them in groups."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from leaves(one)
    else:
        yield error
