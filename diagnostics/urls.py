"""Every address of the pages."""

from __future__ import annotations

from django.urls import path

from diagnostics.api import api
from diagnostics.views import (
    accounts,
    cases,
    causes,
    design,
    environments,
    files,
    home,
    pasting,
    practice,
    probe_file,
    runs,
    sharing,
    teams,
    wizards,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("probe.pyz", probe_file.probe, name="probe"),
    path("causes/", causes.index, name="causes"),
    path("causes/<slug:code>/", causes.detail, name="cause"),
    path("files/", files.check, name="files"),
    path("design/", design.components, name="design"),
    path("api/v1/", api.urls),
    # -- people
    path("sign-in/", accounts.sign_in, name="sign_in"),
    path("sign-in/<str:token>/", accounts.sign_in_link, name="sign_in_link"),
    path("sign-out/", accounts.sign_out, name="sign_out"),
    path("account/", accounts.account, name="account"),
    path("team/", teams.team, name="team"),
    path("team/new/", teams.new, name="team_new"),
    path("team/switch/", teams.switch, name="switch_team"),
    path("team/members/<uuid:membership_id>/role/", teams.member_role, name="member_role"),
    path("team/members/<uuid:membership_id>/remove/", teams.member_remove, name="member_remove"),
    # -- environments
    path("environments/", environments.index, name="environments"),
    path("environments/new/", environments.new, name="environment_new"),
    path("environments/<uuid:environment_id>/", environments.detail, name="environment"),
    path("environments/<uuid:environment_id>/edit/", environments.edit, name="environment_edit"),
    path("environments/<uuid:environment_id>/archive/", environments.archive, name="environment_archive"),
    path("environments/<uuid:environment_id>/restore/", environments.restore, name="environment_restore"),
    path("environments/<uuid:environment_id>/run/", runs.start, name="run_start"),
    path("environments/<uuid:environment_id>/paste/", pasting.for_environment, name="environment_paste"),
    path("practice/", practice.index, name="practice"),
    path("practice/<uuid:environment_id>/reset/", practice.reset, name="practice_reset"),
    # -- runs
    path("runs/", runs.index, name="runs"),
    path("runs/<uuid:run_id>/", runs.detail, name="run"),
    path("runs/<uuid:run_id>/progress/", runs.progress, name="run_progress"),
    path("runs/<uuid:run_id>/stop/", runs.stop, name="run_stop"),
    path("runs/<uuid:run_id>/paste/", pasting.for_run, name="run_paste"),
    path("runs/<uuid:run_id>/report.json", runs.report_json, name="run_json"),
    path("runs/<uuid:run_id>/share/", sharing.manage, name="share"),
    path("runs/<uuid:run_id>/share/preview/", sharing.preview, name="share_preview"),
    path("share-links/<uuid:link_id>/revoke/", sharing.revoke, name="share_revoke"),
    path("s/<str:token>/", sharing.shared, name="shared"),
    # -- the wizard
    path("runs/<uuid:run_id>/fix/", wizards.begin, name="wizard"),
    path("runs/<uuid:run_id>/fix/proof/", wizards.end, name="wizard_end"),
    path("runs/<uuid:run_id>/fix/proof/start/", wizards.prove, name="wizard_prove"),
    path("runs/<uuid:run_id>/fix/<slug:name>/", wizards.step, name="wizard_step"),
    path("runs/<uuid:run_id>/fix/<slug:name>/outcome/", wizards.outcome, name="wizard_outcome"),
    path("runs/<uuid:run_id>/fix/<slug:name>/check/", wizards.check, name="wizard_check"),
    path("runs/<uuid:run_id>/fix/<slug:name>/mark/", wizards.mark, name="wizard_mark"),
    path("runs/<uuid:run_id>/fix/<slug:name>/apply/", wizards.apply, name="wizard_apply"),
    # -- cases
    path("cases/", cases.index, name="cases"),
    path("cases/<uuid:case_id>/", cases.detail, name="case"),
    path("cases/<uuid:case_id>/notes/", cases.note, name="case_note"),
    path("cases/<uuid:case_id>/close/", cases.close, name="case_close"),
    path("cases/<uuid:case_id>/reopen/", cases.reopen, name="case_reopen"),
]
