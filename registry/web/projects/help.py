"""Who may do what, and what the words mean: generated from what the product itself obeys."""

from django.http import HttpResponse

from registry.domain.roles import SYSTEM_ACTORS, TABLE, Action, Role
from registry.projects.access import projects_of, roles_of
from registry.projects.members import words
from registry.web.pages import page
from registry.web.permissions import PersonRequest, signed_in
from registry.web.projects.glossary import GLOSSARY

SYSTEM_WORDS = {
    "gate": "the evaluation worker",
    "watcher": "the watcher of rollouts",
    "operator": "somebody at the server's shell",
    "set-up": "the set-up and the demo",
    "ci-key": "an API key with the scope ci",
    "stop-key": "an API key with the scope stop",
}


@signed_in
def help_page(request: PersonRequest) -> HttpResponse:
    """Show the table of rights, the person's own roles, and the glossary."""
    rights = [
        (action.value, [role in TABLE[action] for role in Role])
        for action in Action
        if TABLE[action]
    ]
    parts = [
        (SYSTEM_WORDS.get(name, name), [action.value for action in Action if action in may])
        for name, may in SYSTEM_ACTORS.items()
    ]
    own = [
        (project, words(roles_of(request.user, project))) for project in projects_of(request.user)
    ]
    context = {
        "roles": [role.value for role in Role],
        "rights": rights,
        "parts": parts,
        "own": own,
        "glossary": GLOSSARY,
    }
    return page(request, "registry/projects/help.html", context, title="Help")
