"""How the admin looks and what its navigation holds (django-unfold)."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

# Blue instead of the theme's violet, which reads as "visited link"; lightness steps 50 to 950.
_BLUE = {
    "50": "oklch(97% .014 254.6)",
    "100": "oklch(93.2% .032 255.6)",
    "200": "oklch(88.2% .059 254.1)",
    "300": "oklch(80.9% .105 251.8)",
    "400": "oklch(70.7% .165 254.6)",
    "500": "oklch(62.3% .214 259.8)",
    "600": "oklch(54.6% .245 262.9)",
    "700": "oklch(48.8% .243 264.4)",
    "800": "oklch(42.4% .199 265.6)",
    "900": "oklch(37.9% .146 265.5)",
    "950": "oklch(28.2% .091 267.9)",
}


def _in_prompts(request: HttpRequest) -> bool:
    """Is this the list of prompts, or a page of one prompt?"""
    return request.path.startswith("/registry/prompt/") or "/prompts/" in request.path


def _in_projects(request: HttpRequest) -> bool:
    """Is this the list of projects, or a page of one project that has no list of its own?"""
    parts = request.path.split("/")
    listed = {"prompts", "datasets", "judges", "replays", "runs", "ledger", "audit"}
    own = parts[1] == "projects" and not listed & set(parts)
    return own or request.path.startswith("/registry/project/")


def _in_ledger(request: HttpRequest) -> bool:
    """Is this the list of label moves, or the ledger of a project?"""
    parts = request.path.split("/")
    return request.path.startswith("/registry/labelevent/") or parts[3:4] == ["ledger"]


def _in_audit(request: HttpRequest) -> bool:
    """Is this the list of audit events, or the trail of a project?"""
    return request.path.startswith("/registry/event/") or request.path.split("/")[3:4] == ["audit"]


def _in_datasets(request: HttpRequest) -> bool:
    """Is this the list of golden datasets, or one of them?"""
    return request.path.startswith("/evaluation/dataset/") or "/datasets/" in request.path


def _in_judges(request: HttpRequest) -> bool:
    """Is this the list of judges, or a page of one of them?"""
    pages = ("/judges/", "/replays/")
    return request.path.startswith("/evaluation/judge/") or any(p in request.path for p in pages)


def _in_runs(request: HttpRequest) -> bool:
    """Is this the list of runs, or a report?"""
    return request.path.startswith("/evaluation/run/") or "/runs/" in request.path


def _item(title: str, icon: str, address: str, **more: Any) -> dict[str, Any]:
    """One line of the navigation; `address` is a route's name."""
    return {"title": title, "icon": icon, "link": reverse_lazy(address), **more}


UNFOLD = {
    "SITE_TITLE": "promptcms",
    "SITE_HEADER": "promptcms",
    "SITE_SUBHEADER": "change control for prompts",
    "SITE_SYMBOL": "rule",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("promptcms/favicon.svg"),
        },
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {"primary": _BLUE},
    "STYLES": [
        lambda request: static("promptcms/promptcms.css"),
        lambda request: static("promptcms/search.css"),
    ],
    "SCRIPTS": [
        lambda request: static("promptcms/accessibility.js"),
        lambda request: static("promptcms/search.js"),
    ],
    "ACCOUNT": {
        "navigation": [
            {"title": "Your profile", "link": reverse_lazy("profile")},
            {"title": "Change password", "link": reverse_lazy("admin:password_change")},
        ],
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "Work",
                "items": [
                    _item("Home", "home", "home"),
                    _item("Inbox", "inbox", "inbox", badge="registry.web.review.inbox.badge"),
                    _item(
                        "Prompts",
                        "edit_note",
                        "admin:registry_prompt_changelist",
                        active=_in_prompts,
                    ),
                    _item("Versions", "difference", "admin:registry_version_changelist"),
                    _item(
                        "Label moves",
                        "sell",
                        "admin:registry_labelevent_changelist",
                        active=_in_ledger,
                    ),
                ],
            },
            {
                "title": "Evaluation",
                "items": [
                    _item(
                        "Golden datasets",
                        "dataset",
                        "admin:evaluation_dataset_changelist",
                        active=_in_datasets,
                    ),
                    _item(
                        "Judges",
                        "balance",
                        "admin:evaluation_judge_changelist",
                        active=_in_judges,
                    ),
                    _item("Runs", "fact_check", "admin:evaluation_run_changelist", active=_in_runs),
                ],
            },
            {
                "title": "Team",
                "items": [
                    _item(
                        "Projects",
                        "groups",
                        "admin:registry_project_changelist",
                        active=_in_projects,
                    ),
                    _item(
                        "Audit",
                        "history",
                        "admin:registry_event_changelist",
                        active=_in_audit,
                    ),
                    _item("Help", "help", "help"),
                ],
            },
        ],
    },
}
