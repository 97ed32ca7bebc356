"""One customer's session with one service account: its states (doc 94669), what each permits."""

from dataclasses import dataclass, field

from bot.mockwecom.rules import RULES, Refusal, RuleBook

UNTREATED, ASSISTANT, POOL, HUMAN, ENDED = range(5)
# Moves by API: those in the page's table, and, with the name of a rule, those that are not.
MOVES: dict[tuple[int, int], str] = {
    (UNTREATED, ASSISTANT): "kf_trans_0_to_1",
    (UNTREATED, POOL): "",
    (UNTREATED, HUMAN): "",
    (ASSISTANT, POOL): "",
    (ASSISTANT, HUMAN): "",
    (ASSISTANT, ENDED): "kf_trans_1_to_4",
    (POOL, HUMAN): "",
    (POOL, ENDED): "kf_trans_2_to_4",
    (HUMAN, HUMAN): "",
    (HUMAN, ENDED): "",
}


@dataclass(slots=True, kw_only=True)
class Session:
    state: int = ENDED
    servicer: str = ""
    open_until: float = 0.0  # when the session ends by itself
    wrote_at: float | None = None  # the customer's last message
    sent: int = 0  # messages by API since then
    active_at: float = float("-inf")  # the customer's last message or entry
    welcomed_at: float = float("-inf")
    scene: str = ""
    scene_param: str = ""
    menu: dict[str, str] = field(default_factory=dict)  # the last menu they got: id → words
    failures: list[int] = field(default_factory=list)  # fail_type for the next messages

    def lapse(self, now: float) -> None:
        """End the session if its 48 hours are over."""
        if self.state != ENDED and now > self.open_until:
            self.state, self.servicer = ENDED, ""

    def customer_wrote(self, now: float, rules: RuleBook) -> None:
        self.lapse(now)
        if self.state == ENDED:
            self.state = UNTREATED
        self.open_until = now + rules["kf_window_s"]
        self.wrote_at = self.active_at = now
        self.sent = 0

    def permit(self, now: float, rules: RuleBook) -> None:
        """May the API send now? Raises 95002, 95018 or 95001 (doc 94677)."""
        if self.wrote_at is not None and now - self.wrote_at > rules["kf_window_s"]:
            raise Refusal(RULES["kf_window_s"].errcode)
        self.lapse(now)
        if self.state not in (UNTREATED, ASSISTANT):
            raise Refusal(95018)
        if self.sent >= rules["kf_messages_per_turn"]:
            raise Refusal(RULES["kf_messages_per_turn"].errcode)

    def sent_one(self, rules: RuleBook) -> None:
        self.sent += 1
        if self.state == UNTREATED and rules["kf_send_takes_session"]:
            self.state = ASSISTANT

    def move(self, state: int, servicer: str, now: float, rules: RuleBook) -> None:
        """`kf/service_state/trans`. Raises 95013 or 95016."""
        self.lapse(now)
        if self.state == ENDED:
            raise Refusal(95013)
        rule = MOVES.get((self.state, state))
        if rule is None or (rule and not rules[rule]):
            raise Refusal(95016, f"invalid session status transition {self.state} to {state}")
        self.state, self.servicer = state, servicer if state == HUMAN else ""


@dataclass(slots=True, kw_only=True)
class EventCode:
    """Lets `send_msg_on_event` (doc 95122) send one message, whatever the session's state."""

    open_kfid: str
    customer: str
    expires_at: float
    kinds: tuple[str, ...] = ("text", "msgmenu")
    welcome: bool = False
    used: bool = False
