"""The reports of campaigns: a plan and a result as HTML pages."""
