"""The addresses of projects, their members and policy, of joining, help and the own profile."""

from django.urls import path

from registry.web.projects import demo, invitations, join, members, policy, policy_change
from registry.web.projects.help import help_page
from registry.web.projects.new import new_project
from registry.web.projects.overview import project
from registry.web.projects.profile import profile
from registry.web.projects.settings import project_settings

PROJECT = "projects/<slug:slug>"
MEMBERS = PROJECT + "/members"
POLICY = PROJECT + "/policy"

urlpatterns = [
    path("help", help_page, name="help"),
    path("profile", profile, name="profile"),
    path("invitations/<str:token>", join.invitation, name="invitation"),
    path("setup/<str:token>", join.setup, name="setup"),
    path("projects/new", new_project, name="new_project"),
    path(PROJECT, project, name="project"),
    path(PROJECT + "/settings", project_settings, name="project_settings"),
    path(PROJECT + "/leave-the-demo", demo.demo_leave, name="demo_leave"),
    path(MEMBERS, members.members, name="members"),
    path(MEMBERS + "/invite", invitations.invitation_new, name="invitation_new"),
    path(
        MEMBERS + "/invitations/<int:pk>/revoke",
        invitations.invitation_revoke,
        name="invitation_revoke",
    ),
    path(MEMBERS + "/<int:person>", members.member, name="member"),
    path(MEMBERS + "/<int:person>/deactivate", members.member_deactivate, name="member_deactivate"),
    path(MEMBERS + "/<int:person>/reactivate", members.member_reactivate, name="member_reactivate"),
    path(POLICY, policy.policy, name="policy"),
    path(POLICY + "/revisions/<int:number>", policy.policy_revision, name="policy_revision"),
    path(POLICY + "/edit", policy_change.policy_edit, name="policy_edit"),
    path(POLICY + "/preset", policy_change.policy_preset, name="policy_preset"),
    path(
        POLICY + "/proposals/<int:pk>/confirm", policy_change.policy_confirm, name="policy_confirm"
    ),
    path(
        POLICY + "/proposals/<int:pk>/decline", policy_change.policy_decline, name="policy_decline"
    ),
]
