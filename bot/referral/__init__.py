"""Referral campaigns (老带新): customers invite customers, each by a code of their own."""
