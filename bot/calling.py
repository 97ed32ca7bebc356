"""By which scripts customers hear that a person is called: the first one, or outside its hours
the second."""

HANDED_OVER = ("system/handover", "system/handover_off_hours")
APOLOGIES = ("system/complaint", "system/complaint_off_hours")  # to whoever complains
LEFT = ("system/left", "system/left_off_hours")  # where the rest of a message was answered
