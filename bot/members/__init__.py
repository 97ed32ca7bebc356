"""Members (成员): what they are called, and one spelling of their userids."""
