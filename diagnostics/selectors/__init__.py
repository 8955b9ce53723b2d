"""Every read. The viewer comes first, and nothing outside the viewer's teams is ever found (Http404).

Lists answer in a constant number of queries whatever their length, and page by key (`before`), never by offset.
"""

from diagnostics.selectors.case import cases, get_case_or_404, open_cases, similar_cases, timeline
from diagnostics.selectors.environment import (
    EnvironmentRow,
    environment_names,
    environments,
    environments_called,
    get_environment_or_404,
)
from diagnostics.selectors.looking import PAGE, Page
from diagnostics.selectors.run import (
    Pulse,
    Sight,
    attempts,
    beside,
    get_run_or_404,
    other_end,
    pulse_or_404,
    report,
    runs,
    sight_or_404,
)
from diagnostics.selectors.sharing import get_share_link_or_404, share_links, walk_checks
from diagnostics.selectors.team import get_member_or_404, get_membership_or_404, members, memberships
from diagnostics.selectors.text import cases_with, get_text_or_404, texts

__all__ = [
    "PAGE",
    "EnvironmentRow",
    "Page",
    "Pulse",
    "Sight",
    "attempts",
    "beside",
    "cases",
    "cases_with",
    "environment_names",
    "environments",
    "environments_called",
    "get_case_or_404",
    "get_environment_or_404",
    "get_member_or_404",
    "get_membership_or_404",
    "get_run_or_404",
    "get_share_link_or_404",
    "get_text_or_404",
    "members",
    "memberships",
    "open_cases",
    "other_end",
    "pulse_or_404",
    "report",
    "runs",
    "share_links",
    "sight_or_404",
    "similar_cases",
    "texts",
    "timeline",
    "walk_checks",
]
