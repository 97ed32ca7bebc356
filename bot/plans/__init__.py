"""Plans (触达计划): whom, when, which script. From config/plans/; see docs/plans.md."""
