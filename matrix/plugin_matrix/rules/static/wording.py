"""What a finding says: one sentence with the releases in it."""

from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.rules.static.grouping import Cause

_MOST_REASONS = 3
_MOST_CLASSES = 3

_SENTENCES = {
    "PM201": "{subject} does not exist in vLLM {where}",
    "PM202": "{subject} does not exist in vLLM {where}",
    "PM203": "{subject} does not exist in vLLM {where}",
    "PM204": "{subject} does not exist in vLLM {where}",
    "PM205": "The name {subject!r} leads nowhere with vLLM {where}",
    "PM206": "{subject} is deprecated in vLLM {where}",
    "PM207": "The plugin uses names of vLLM that begin with an underscore: {symbols}",
    "PM301": "{subject} does not take the plugin's call in vLLM {where}: {reasons}",
    "PM302": "{subject} does not take the plugin's call in vLLM {where}: {reasons}",
    "PM303": "{subject} cannot be extended by {symbols} in vLLM {where}: {reasons}",
    "PM401": "{symbols} cannot be instantiated in vLLM {where}: {subject} is abstract",
    "PM402": "vLLM {where} calls members of {subject} that only raise and {symbols} leaves out: {reasons}",
    "PM403": "{symbols} does not take what vLLM {where} passes: {reasons}",
    "PM404": "{subject} is gone in vLLM {where}: {symbols} overrides nothing",
    "PM405": "{subject}, which the plugin's subclass uses, does not exist in vLLM {where}",
    "PM406": "{subject} does not take the plugin's super() call in vLLM {where}: {reasons}",
    "PM407": "{symbols} is of another kind than {subject} in vLLM {where}: {reasons}",
    "PM501": "{subject}, which the plugin sets, does not exist in vLLM {where}",
    "PM502": "What the plugin puts at {subject} does not take what vLLM {where} passes: {reasons}",
    "PM801": "vLLM {where} cannot use {symbols}, registered as a model: {reasons}",
    "PM802": "{symbols} does not pass for a model that generates in vLLM {where}: {reasons}",
    "PM803": "vLLM {where} cannot construct {symbols}: {reasons}",
    "PM804": "{symbols} does not take what vLLM {where} passes: {reasons}",
    "PM805": "{symbols} does not take what vLLM {where} passes: {reasons}",
    "PM503": "{subject} is of another kind in vLLM {where}: {reasons}",
}
_LOST_SUPER = "{subject}, which the plugin calls through super(), does not exist in vLLM {where}"


def message(cause: Cause, axis: ReleaseAxis, judged: Mask, quoted: Mask) -> str:
    """Return the sentence for `cause`; of several reasons that on the release `quoted` comes first."""
    where = axis.text(cause.mask)
    if cause.mask == judged:
        where = f"{where} (all that were looked at)"
    return f"{_what(cause, axis, where, quoted)}{_needs(cause, axis, judged)}"


def _what(cause: Cause, axis: ReleaseAxis, where: str, quoted: Mask) -> str:
    sentence = _SENTENCES[cause.rule]
    if cause.rule == "PM406" and not any(one.detail for one in cause.troubles):
        sentence = _LOST_SUPER
    return sentence.format(
        subject=cause.subject, where=where, reasons=_reasons(cause, axis, quoted), symbols=_symbols(cause)
    )


def _needs(cause: Cause, axis: ReleaseAxis, judged: Mask) -> str:
    """Return which release the plugin needs, where it is the older ones alone that fail."""
    first_working = judged & ~cause.failing
    first_working &= -first_working
    if cause.rule not in {"PM206", "PM207"} and first_working and cause.mask < first_working:
        return f"; needs vLLM >={axis.names(first_working)[0]}"
    return ""


def _reasons(cause: Cause, axis: ReleaseAxis, quoted: Mask) -> str:
    reasons: dict[str, Mask] = {}
    for trouble in cause.troubles:
        mask = trouble.mask & cause.mask
        if mask:
            reasons[trouble.detail] = reasons.get(trouble.detail, 0) | mask
    told = sorted(reasons.items(), key=lambda item: (not item[1] & quoted, -item[1].bit_length()))
    if len(told) == 1:
        return told[0][0]
    shown = [f"{reason} ({axis.text(mask)})" for reason, mask in told[:_MOST_REASONS]]
    more = len(told) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def _symbols(cause: Cause) -> str:
    names = list(dict.fromkeys(one.symbol for one in cause.troubles))
    shown = ", ".join(names[:_MOST_CLASSES])
    more = len(names) - _MOST_CLASSES
    return f"{shown} and {more} more" if more > 0 else shown
