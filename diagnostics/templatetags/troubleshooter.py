"""What templates say in one word: states, times, durations, hosts, copy buttons, drawings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django import template
from django.forms import BoundField
from django.template.base import NodeList, Parser, Token
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from diagnostics.drawing import states
from diagnostics.drawing.durations import duration
from diagnostics.drawing.hosts import breakable
from diagnostics.engine.telltales import FOR_BROWSERS
from diagnostics.engine.vocabulary import CAUSES, ENGINE_VERSION
from diagnostics.services.accuracy import Accuracy, CauseRates

register = template.Library()

register.filter("state_of_cause", states.state_of_cause)
register.filter("state_of_run", states.state_of_run)
register.filter("state_of_level", states.state_of_level)


# -- States ----------------------------------------------------------------------------------


@register.simple_tag
def state_icon(state: str, word: str = "") -> SafeString:
    """The state's shape alone; give ``word`` only where no text beside it says the same."""
    return SafeString(states.icon(state, word))  # escaped in icon()


@register.simple_tag
def state(state: str, word: str = "") -> SafeString:
    """Shape and word, in the running text."""
    return _with_word("state", state, word)


@register.simple_tag
def state_badge(state: str, word: str = "") -> SafeString:
    """Shape and word as a badge."""
    return _with_word("state badge", state, word)


@register.simple_tag
def step_icon(word: str) -> SafeString:
    """Icon of a wizard's step; its word stands beside it."""
    return SafeString(states.icon(states.state_of_step(word)[0]))  # from the closed table


@register.filter
def step_word(word: str) -> str:
    """What a wizard's step is called in that state."""
    return states.state_of_step(word)[1]


@register.filter
def message_state(level: str) -> str:
    """State that a message of django.contrib.messages is shown with."""
    return {"success": "works", "warning": "warning", "error": "broken"}.get(level, "info")


@lru_cache(maxsize=256)
def _with_word(classes: str, name: str, word: str) -> SafeString:
    return format_html(
        '<span class="{} state-{}">{}{}</span>',
        classes,
        name,
        SafeString(states.icon(name)),
        word or states.STATES[name].word,
    )


# -- Times and numbers -----------------------------------------------------------------------


@register.filter
def seconds(value: float | None) -> str:
    """A duration as it is read aloud: ``412 ms``, ``3.2 s``, ``2 min 5 s``. Nothing for None."""
    return "" if value is None else duration(float(value))


_SPANS = ((60, "second", 1), (3600, "minute", 60), (86400, "hour", 3600), (7 * 86400, "day", 86400))


def relative_time(value: datetime | None) -> str:
    """``just now``, ``4 minutes ago``, ``in 2 days``; from a week on the date itself."""
    if value is None:
        return ""
    gap = (timezone.now() - value) / timedelta(seconds=1)
    for limit, unit, size in _SPANS:
        if abs(gap) < limit:
            count = int(abs(gap) // size) if gap >= 0 else round(-gap / size)  # a link of 7 days ends in 7 days
            if unit == "second" and count < 10:
                return "just now"
            counted = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"{counted} ago" if gap >= 0 else f"in {counted}"
    return f"{value.astimezone(timezone.get_current_timezone()):%-d %b %Y}"


@register.simple_tag
def when(value: datetime | str | None) -> SafeString:
    """A moment: relative in the text, absolute on hover; takes a datetime or a report's RFC 3339 string."""
    if not value:
        return SafeString("")
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    utc = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        f"{utc:%Y-%m-%dT%H:%M:%SZ}",
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        relative_time(moment),
    )


@register.filter
def percent(value: float | None) -> str:
    """A confidence of 0 to 1 as whole per cent."""
    return "" if value is None else f"{value * 100:.0f} %"


@register.filter
def in_words(confidence: float) -> str:
    """How sure that is, in words."""
    for floor, words in ((0.95, "Almost certain"), (0.8, "Very likely"), (0.6, "Likely"), (0.4, "Possible")):
        if confidence >= floor:
            return words
    return "A guess"


@register.simple_tag
def meter(value: float) -> SafeString:
    """A small bar for 0 to 1; the number stands beside it in text."""
    return format_html(
        '<svg class="meter" aria-hidden="true"><rect width="100%" height="6" rx="3"/>'
        '<rect width="{}%" height="6" rx="3"/></svg>',
        round(value * 100),
    )


# -- Forms -----------------------------------------------------------------------------------


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field's label stands beside it rather than above."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not field.use_fieldset


# -- Code, hosts, chips ----------------------------------------------------------------------


@register.filter
def mono(value: object) -> SafeString:
    """A host, address, code or header: in mono, selected whole, broken only after a dot, slash, comma or underscore."""
    return SafeString(f"<code>{breakable(str(value))}</code>")  # escaped in breakable()


@register.filter
def heading(sentence: str) -> str:
    """A sentence as a heading: without its full stop."""
    return sentence.removesuffix(".")


@register.filter
def unless(text: str, condition: object) -> str:
    """The text, or nothing where the condition holds."""
    return "" if condition else text


@register.filter
def slug(value: str) -> str:
    """A fact's or probe's name as an id: ``tls.client.trusted`` becomes ``tls-client-trusted``."""
    return value.replace(".", "-").replace("_", "-")


@register.simple_tag
def copy(text: object, label: str = "Copy", says: str = "") -> SafeString:
    """A button that copies ``text``; ``says`` names the thing for screen readers where the label is just "Copy"."""
    spoken = format_html('<span class="visually-hidden"> {}</span>', says) if says else ""
    return format_html(
        '<button type="button" class="copy needs-script" data-copy="{}"><span>{}</span>{}</button>', text, label, spoken
    )


@register.simple_tag
def copy_before(says: str) -> SafeString:
    """As `copy`, for the text of the element before the button's own: in a table of facts it need not be sent twice."""
    return format_html(
        '<button type="button" class="copy needs-script" data-copy><span>Copy</span>'
        '<span class="visually-hidden"> {}</span></button>',
        says,
    )


_SIDES = {
    "client": "your configuration",
    "network": "the network",
    "provider": "the provider",
    "request": "the request",
}
_LAYERS = {
    "config": "Configuration",
    "network": "Network",
    "dns": "Name",
    "proxy": "Proxy",
    "tcp": "Connection",
    "tls": "TLS",
    "http": "HTTP",
    "geo": "Region",
    "gateway": "Gateway",
    "auth": "Sign-in",
    "quota": "Quota",
    "service": "Service",
    "request": "Request",
    "client": "Client",
}


@register.simple_tag
def side_chip(side: str | None) -> SafeString:
    """Who has to act."""
    return (
        format_html('<span class="chip"><span class="muted">side</span> {}</span>', _SIDES[side])
        if side
        else SafeString("")
    )


@register.simple_tag
def layer_chip(layer: str | None) -> SafeString:
    """Where on the path it is."""
    return (
        format_html('<span class="chip"><span class="muted">layer</span> {}</span>', _LAYERS[layer])
        if layer
        else SafeString("")
    )


@register.simple_tag
def code_chip(code: str) -> SafeString:
    """A cause's code, never translated, selected whole."""
    return format_html('<code class="chip chip-code">{}</code>', code)


@register.simple_tag
def cause_link(code: str) -> SafeString:
    """A cause's code that leads to its page; one that no page is known for stands alone."""
    if code not in CAUSES:
        return code_chip(code)
    before, after = _cause_url_around()
    return format_html(
        '<a class="chip chip-code" href="{}{}{}" title="What this cause is">{}</a>', before, code, after, code
    )


@lru_cache(maxsize=1)
def _cause_url_around() -> tuple[str, str]:
    before, _, after = reverse("cause", args=["code"]).rpartition("code")
    return before, after


@register.simple_tag
def rates_of(measured: Accuracy | None, code: str) -> CauseRates | None:
    """How often the verdict was right about a cause, in the laboratory; None where that was not measured."""
    return measured.causes.get(code) if measured is not None else None


@register.filter
def layer_name(layer: str) -> str:
    """The layer's heading."""
    return _LAYERS[layer]


@register.simple_tag
def version() -> str:
    """The release, as reports name it."""
    return ENGINE_VERSION


# -- The page's own state --------------------------------------------------------------------

_TITLE_MARKS = {
    "works": "✓ ",
    "warning": "▲ ",
    "broken": "✕ ",
    "unknown": "? ",
    "running": "… ",
    "waiting": "… ",
    "fault": "! ",
}
_FAVICONS = ("works", "warning", "broken", "unknown", "running")


def _favicon(name: str) -> str:
    shown = {"waiting": "running", "fault": "unknown", "skipped": ""}.get(name, name)
    return static(f"icons/favicon-{shown}.svg" if shown in _FAVICONS else "icons/favicon.svg")


class PageStateNode(template.Node):
    """Draws the favicon of the state named by its inside and keeps the title's mark in ``title_mark``."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: template.Context) -> SafeString:
        """The icon link; the inside is the ``state`` block of a page."""
        name = self.nodelist.render(context).strip()
        context["title_mark"] = _TITLE_MARKS.get(name, "")
        return format_html('<link rel="icon" href="{}" type="image/svg+xml" data-favicon="{}">', _favicon(name), name)


@register.tag
def pagestate(parser: Parser, token: Token) -> PageStateNode:
    """``{% pagestate %}{% block state %}{% endblock %}{% endpagestate %}`` in base.html."""
    nodelist = parser.parse(("endpagestate",))
    parser.delete_first_token()
    return PageStateNode(nodelist)


@register.simple_tag
def page_state(state: str, title: str) -> SafeString:
    """Inside a swapped fragment: brings the tab's title and favicon up to date with what the fragment shows."""
    return format_html(
        '<span hidden data-page-title="{}{} · Troubleshooter" data-page-icon="{}"></span>',
        _TITLE_MARKS.get(state, ""),
        title,
        _favicon(state),
    )


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, label: str, name: str, key: str = "", under: str = "") -> SafeString:
    """One entry of the site's navigation; ``key`` is its letter after ``g``, ``under`` names pages that stand below it elsewhere."""
    href = reverse(name)
    request = context.get("request")
    below = [href, *map(reverse, under.split())]
    here = request is not None and href != "/" and request.path.startswith(tuple(below))
    marks = format_html(' data-goto="{}"', key) if key else ""
    return format_html(
        '<li><a href="{}"{}{}>{}</a></li>', href, SafeString(' aria-current="page"') if here else "", marks, label
    )


@register.simple_tag
def telltales() -> str:
    """What looks like a secret, for `static/js/mask.js`: the value of `data-mask`."""
    return FOR_BROWSERS
