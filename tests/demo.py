"""The story of `huashu demo`: the script of each exchange, and a hostile name."""

HOSTILE = "{{7*7}} $HOME <b>老张</b>😀"
STORY = [
    "welcome/store",
    "welcome/kf",
    "faq/ship_when",  # plainly asked
    "faq/refund",  # misspelt
    "faq/invoice",  # in three pieces
    "system/menu_head",  # exchange or return?
    "faq/return_how",  # clicked
    "system/handover",  # no script fits
    "",  # a person takes over,
    "",  # and the bot is silent,
    "",  # until the session ends
    "faq/ship_fee",
    "faq/points_use",  # in a group, by @
    "welcome/kf",
    "system/complaint",
    "welcome/parcel",  # by a nickname that looks like a program
    "system/notice",  # of a welcome that came too late
    "",  # on the morning of a festival, too early,
    "holiday/spring_festival",  # and in time
]
