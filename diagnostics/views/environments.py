"""Environments: the list, one of them, registering, changing, putting away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms import refusing
from diagnostics.forms.environments import EnvironmentForm
from diagnostics.models import Action, Environment
from diagnostics.services import access, environments, watching
from diagnostics.services.environment_filling import ChangedMeanwhile
from diagnostics.views import current, listening
from diagnostics.views.http import SignedInRequest, moved, polled, signed_in
from diagnostics.views.listing import EnvironmentFilter
from diagnostics.views.once import once

PAGE = 200


@require_safe
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """The team's environments with the path of the last run of each."""
    place = current.membership(request)
    chosen = EnvironmentFilter.of(request.GET)
    rows = selectors.environments(request.user, place.team, archived=chosen.archived)
    page = Paginator(chosen.apply(rows), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "filter": chosen, "any": bool(rows), "may": current.may(place)}
    return render(request, "environments/index.html", context)


@require_safe
@signed_in
@polled
def detail(request: SignedInRequest, environment_id: UUID) -> HttpResponse:
    """Settings, last runs and open cases of one environment."""
    environment = selectors.get_environment_or_404(request.user, environment_id)
    place = current.membership_in(request, environment.team_id)
    runs = selectors.runs(request.user, environment.team, environment=environment, limit=20)
    context = {
        "environment": environment,
        "runs": runs.rows,
        "going": any(run.is_open for run in runs.rows),
        "more_runs": runs.next is not None,
        "cases": selectors.cases(request.user, environment.team, environment=environment, state="open").rows,
        "registered": environments.snapshot(environment),
        "may": current.may(place),
        "can_listen": listening.can_listen(environment),
    }
    context["heard"] = watching.listeners(environment) if context["can_listen"] else None
    return render(request, "environments/detail.html", context)


@sensitive_post_parameters("credential", "proxy_url")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@once
def new(request: SignedInRequest) -> HttpResponse:
    """Register an environment."""
    place = current.membership(request)
    access.require(request.user, place.team, Action.EDIT_ENVIRONMENTS)
    form = EnvironmentForm(request.POST or None, named=request.GET.dict())
    if request.method == "POST" and _checked(form):
        try:
            environment = environments.register(request.user, place.team, **form.values())
        except InvalidInput as refused:
            form.refuse(refused.errors)
        else:
            messages.success(request, f"{environment.name} is registered. Start a run to see how it stands.")
            return moved(request, "environment", environment.pk)
    return _form_page(request, form, None)


@sensitive_post_parameters("credential", "proxy_url")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: SignedInRequest, environment_id: UUID) -> HttpResponse:
    """Change an environment; what past runs were made with stays in their reports."""
    environment = selectors.get_environment_or_404(request.user, environment_id)
    access.require(request.user, environment.team, Action.EDIT_ENVIRONMENTS)
    form = EnvironmentForm(request.POST or None, environment=environment)
    if request.method == "POST" and _checked(form):
        try:
            environments.edit_by_form(request.user, environment, form.values(), form.marks)
        except ChangedMeanwhile as refused:
            environment = selectors.get_environment_or_404(request.user, environment_id)
            form.fill_anew(environment)
            refusing.tell(form, refused)
        except (Conflict, InvalidInput) as refused:
            refusing.tell(form, refused)
        else:
            kept = form.kept_of_others()
            also = f" Changed meanwhile, by somebody else or in another tab, and left so: {kept}." if kept else ""
            messages.success(request, f"Saved. The next run uses the new settings.{also}")
            return moved(request, "environment", environment.pk)
    return _form_page(request, form, environment)


@require_POST
@signed_in
def archive(request: SignedInRequest, environment_id: UUID) -> HttpResponse:
    """Take an environment out of the lists; its runs and cases stay readable."""
    environment = selectors.get_environment_or_404(request.user, environment_id)
    environments.archive(request.user, environment)
    messages.success(request, f"{environment.name} is archived. Its runs and cases stay readable.")
    return redirect("environments")


@require_POST
@signed_in
def restore(request: SignedInRequest, environment_id: UUID) -> HttpResponse:
    """Put an archived environment back."""
    environment = selectors.get_environment_or_404(request.user, environment_id)
    try:
        environments.restore(request.user, environment)
    except (Conflict, InvalidInput) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{environment.name} is back in the list.")
    return redirect("environment", environment.pk)


@sensitive_variables("values")
def _checked(form: EnvironmentForm) -> bool:
    """Whether the form may be saved: every field in its form, and no doubt left open."""
    if form.is_valid():
        values: dict[str, Any] = form.values()
        form.question(environments.facts_as_written(form.environment, values))
    return form.is_valid()


def _form_page(request: SignedInRequest, form: EnvironmentForm, environment: Environment | None) -> HttpResponse:
    if form.errors and not request.htmx:
        form.ask_for_secrets_again()
    context = {"form": form, "environment": environment}
    return render(request, "environments/form.html", context, status=422 if form.errors else 200)
