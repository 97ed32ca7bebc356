"""Files of config/ that a running engine follows: one mechanism for all that are read whole."""

import logging
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from bot.errors import Complaint, ConfigError
from bot.files.stamp import Stamp, stamped, torn

T = TypeVar("T")
log = logging.getLogger(__name__)


class Followed(ABC, Generic[T]):
    """The rules that files hold. A change is taken up; if it has a mistake, the old ones stay.

    Args:
        root: the workspace.
        rules: what is in force until they are read.
    """

    files: ClassVar[tuple[str, ...]]  # relative to the workspace
    kept: ClassVar[str]  # what stays as it was: "the rules"
    new: ClassVar[str]  # what is in force then: "new rules for groups"
    action: ClassVar[str]  # of the log

    def __init__(self, root: Path, rules: T) -> None:
        self.root, self.rules = root, rules
        self.complaints: tuple[Complaint, ...] = ()  # why the last attempt came to nothing
        self._seen: Stamp = {}

    @abstractmethod
    def read(self, complaints: list[Complaint]) -> T:
        """What they say now; every mistake becomes a complaint."""

    def open(self) -> None:
        """
        Raises:
            ConfigError: the files cannot be used.
        """
        self._take_up([])
        if self.complaints:
            raise ConfigError(self.complaints)

    def look(self) -> bool:
        """Take up what has changed, and log it; returns whether other rules are in force now."""
        if self._stamp() == self._seen:
            return False
        self._take_up(torn(self.root))
        for told in self.complaints:
            log.error("%s stay as they were: %s", self.kept, told, extra={"action": self.action})
        if self.complaints:
            return False
        log.info("%s are in force", self.new, extra={"action": self.action})
        return True

    def _take_up(self, complaints: list[Complaint]) -> None:
        self._seen = self._stamp()
        found = self.read(complaints)
        self.complaints = tuple(complaints)
        if not complaints:
            self.rules = found

    def _stamp(self) -> Stamp:
        return stamped(self.root / name for name in self.files)
