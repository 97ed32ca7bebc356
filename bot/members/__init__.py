"""Members (成员): what they are called, one spelling of their userids, and those who left."""
