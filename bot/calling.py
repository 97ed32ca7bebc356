"""The scripts by which customers hear that a person is called: the first, or the second outside
the first one's hours."""

HANDED_OVER = ("system/handover", "system/handover_off_hours")
APOLOGIES = ("system/complaint", "system/complaint_off_hours")  # to whoever complains
UNWANTED = ("system/unwanted",)  # if they only sound as if they want no more messages
NOTICE = "system/opted_out_notice"  # that a member gets of it
LEFT = ("system/left", "system/left_off_hours")  # if the rest of a message was answered
