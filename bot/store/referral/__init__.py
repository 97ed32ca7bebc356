"""Referral campaigns (老带新)."""
