"""Hosts that show whether there is an internet at all, and what stands in its place: portals and block pages."""

from __future__ import annotations

from diagnostics.lab import api
from diagnostics.lab.http import Request, Response, Site
from diagnostics.lab.tls import HEALTHY, INSPECTED, Tls


def generate_204() -> Site:
    """connectivitycheck.gstatic.com: 204 and nothing else."""
    return Site(lambda request: Response(204) if request.path == "/generate_204" else Response.text(404, ""), tls=None)


def success_txt() -> Site:
    """detectportal.firefox.com: "success" and a line feed."""
    return Site(
        lambda request: Response.text(200, "success\n") if request.path == "/success.txt" else Response.text(404, ""),
        tls=None,
    )


def trace(tls: Tls | None = HEALTHY) -> Site:
    """www.cloudflare.com: the edge's trace and little else."""
    return Site(
        lambda request: api.trace(request) if request.path == "/cdn-cgi/trace" else Response.html(200, "Cloudflare"),
        tls,
    )


def captive_portal(login: str = "http://login.hotel.example/welcome", tls: Tls | None = None) -> Site:
    """A hotel's sign-in: every address is redirected to its page."""

    def answer(request: Request) -> Response:
        if request.host and request.host in login:
            return Response.html(
                200, "Welcome to Hotel Wi-Fi", "<form method=post>Room number <input name=room></form>"
            )
        return Response.html(302, "Sign in to the network", headers={"location": login})

    return Site(answer, tls)


def block_page(
    status: int = 403, tls: Tls | None = INSPECTED, title: str = "Access Denied by Initech Web Policy"
) -> Site:
    """A company's web filter answers in place of the host."""
    words = "<p>Category: Generative AI. Ask the service desk, code 17.</p>"
    return Site(
        lambda request: Response.html(
            status, title, words, {"server": "Initech-SWG/9.1", "via": "1.1 swg-03.initech.example"}
        ),
        tls,
    )


_API = "k8w3r06qmzrp"
_SINCE = "2026-11-22T08:00:00.000Z"
_COMPONENTS = {
    "rwppv331jlwc": "claude.ai",
    "0qbwn08sd68x": "platform.claude.com (formerly console.anthropic.com)",
    _API: "Claude API (api.anthropic.com)",
    "yyzkbfz2thpt": "Claude Code",
}


def status_page(
    indicator: str = "none",
    api_status: str = "operational",
    incidents: tuple[str, ...] = (),
    tls: Tls | None = HEALTHY,
    concerning: str | None = None,
) -> Site:
    """A Statuspage with the state of the API's component and the titles of open incidents.

    ``concerning``: the component that the incidents name, by its name; None: they name none.
    """
    summary = {
        "page": {
            "id": "tymt9n04zgry",
            "name": "Claude",
            "url": "https://status.claude.com",
            "time_zone": "Etc/UTC",
            "updated_at": _SINCE,
        },
        "status": {
            "indicator": indicator,
            "description": "All Systems Operational" if indicator == "none" else "Degraded Service",
        },
        "components": [
            {
                "id": number,
                "name": name,
                "status": api_status if number == _API else "operational",
                "updated_at": _SINCE,
            }
            for number, name in _COMPONENTS.items()
        ],
        "incidents": [_incident(number, title, indicator, concerning) for number, title in enumerate(incidents)],
        "scheduled_maintenances": [],
    }

    def answer(request: Request) -> Response:
        if request.path == "/api/v2/summary.json":
            return Response.json(200, summary)
        if request.path == "/api/v2/status.json":
            return Response.json(200, {"page": summary["page"], "status": summary["status"]})
        return Response.html(404, "Not Found")

    return Site(answer, tls)


def _incident(number: int, title: str, impact: str, concerning: str | None) -> dict[str, object]:
    return {
        "id": f"incident{number}",
        "name": title,
        "status": "investigating",
        "impact": impact,
        "updated_at": _SINCE,
        "incident_updates": [],
        "components": [{"id": one, "name": name} for one, name in _COMPONENTS.items() if name == concerning],
    }
