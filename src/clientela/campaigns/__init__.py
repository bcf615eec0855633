"""Campaigns: what a held-out control group can show, and what a campaign brought."""
