"""How the admin looks and what its navigation holds (django-unfold)."""

from django.templatetags.static import static
from django.urls import reverse_lazy

UNFOLD = {
    "SITE_TITLE": "promptcms",
    "SITE_HEADER": "promptcms",
    "SITE_SUBHEADER": "change control for prompts",
    "SITE_SYMBOL": "rule",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("promptcms/promptcms.css")],
    "SCRIPTS": [lambda request: static("promptcms/accessibility.js")],
    "SITE_URL": None,
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "Work",
                "items": [
                    {"title": "Home", "icon": "home", "link": reverse_lazy("admin:index")},
                    {
                        "title": "Prompts",
                        "icon": "edit_note",
                        "link": reverse_lazy("admin:registry_prompt_changelist"),
                    },
                ],
            },
            {
                "title": "Team",
                "items": [
                    {
                        "title": "Projects",
                        "icon": "groups",
                        "link": reverse_lazy("admin:registry_project_changelist"),
                    },
                    {
                        "title": "Audit",
                        "icon": "history",
                        "link": reverse_lazy("admin:registry_event_changelist"),
                    },
                ],
            },
        ],
    },
}
