"""Faults on request: errors, latency, lost, doubled and reordered callbacks."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to fail, until `times` is used up or the faults are cleared."""

    api: str = "*"  # "kf/send_msg", "*" for every API, "callback" for our pushes
    errcode: int = 0  # answered instead of doing anything
    errmsg: str = ""
    latency_s: float = 0.0  # on the corp's clock, before anything is done
    drop: bool = False  # nothing happens and nobody answers; a callback is lost for good
    double: bool = False  # callbacks only: pushed twice
    reorder: bool = False  # callbacks only: held back until another one has overtaken it
    disconnect_after: bool = False  # APIs only: it takes effect, then the line is cut
    times: int | None = None
    probability: float = 1.0

    def __post_init__(self) -> None:
        if self.api == "callback" and (self.errcode or self.errmsg or self.disconnect_after):
            raise ValueError("errcode, errmsg and disconnect_after are for APIs, not for callback")
        if self.api != "callback" and (self.double or self.reorder):
            raise ValueError('double and reorder are for api="callback" only')
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability is between 0 and 1, not {self.probability:g}")
        if self.latency_s < 0 or (self.times is not None and self.times < 1):
            raise ValueError("latency_s is at least 0 and times at least 1")


NO_FAULT = Fault()


class Faults:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._active: list[tuple[Fault, list[int]]] = []

    def __len__(self) -> int:
        return len(self._active)

    def add(self, fault: Fault) -> None:
        self._active.append((fault, [0]))

    def active(self) -> list[Fault]:
        return [fault for fault, _ in self._active]

    def clear(self) -> None:
        self._active.clear()

    def strike(self, api: str) -> Fault:
        """The fault that hits this call, the oldest first, or `NO_FAULT`; counts its use."""
        for entry in self._active:
            fault, used = entry
            wanted = (api,) if api == "callback" else (api, "*")
            if fault.api not in wanted or self._random.random() >= fault.probability:
                continue
            used[0] += 1
            if fault.times is not None and used[0] >= fault.times:
                self._active.remove(entry)
            return fault
        return NO_FAULT
