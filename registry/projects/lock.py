"""Take turns: changes to the members and the policy of one project run one after another."""

from registry.projects.models import Project


def locked(project: Project) -> Project:
    """Return `project` as it is now, locked until the transaction ends.

    `no_key`: a plain lock would stop every insert that refers to the project, and wait
    for one that holds the chain's head while we want it.
    """
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)
