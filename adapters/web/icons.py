"""The few drawings of the page, as SVG text: the machine may be offline, so nothing is fetched."""


def _icon(paths: str) -> str:
    return (
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
        f' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{paths}</svg>'
    )


BIRD = _icon(
    '<path d="M16 7h.01"/><path d="M3.4 18H12a8 8 0 0 0 8-8V7a4 4 0 0 0-7.28-2.3L2 20"/>'
    '<path d="m20 7 2 .5-2 .5"/><path d="M10 18v3"/><path d="M14 17.75V21"/><path d="M7 18a6 6 0 0 0 3.84-10.61"/>'
)
REPLY = _icon('<path d="M21 11.5a8.4 8.4 0 0 1-12.3 7.4L3 21l2.1-5.7A8.4 8.4 0 1 1 21 11.5z"/>')
EDIT = _icon('<path d="M12 20h9"/><path d="M16.5 3.5a2.1 2.1 0 0 1 3 3L7 19l-4 1 1-4z"/>')
DELETE = _icon('<path d="M3 6h18"/><path d="M8 6V4h8v2"/><path d="M19 6l-1 14H6L5 6"/>')
CLOSE = _icon('<path d="M18 6 6 18"/><path d="m6 6 12 12"/>')
MENU = _icon('<path d="M3 6h18"/><path d="M3 12h18"/><path d="M3 18h18"/>')
DOWN = _icon('<path d="M12 5v14"/><path d="m6 13 6 6 6-6"/>')
SEND = _icon('<path d="m22 2-7 20-4-9-9-4z"/><path d="M22 2 11 13"/>')
EYE = _icon('<path d="M2 12s3.6-7 10-7 10 7 10 7-3.6 7-10 7-10-7-10-7z"/><circle cx="12" cy="12" r="3"/>')
CLOCK = _icon('<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>')
CHECK = _icon('<path d="m5 12 5 5L20 7"/>')
SUN = _icon(
    '<circle cx="12" cy="12" r="4"/><path d="M12 2v2"/><path d="M12 20v2"/><path d="m4.9 4.9 1.4 1.4"/>'
    '<path d="m17.7 17.7 1.4 1.4"/><path d="M2 12h2"/><path d="M20 12h2"/><path d="m6.3 17.7-1.4 1.4"/>'
    '<path d="m19.1 4.9-1.4 1.4"/>'
)
MOON = _icon('<path d="M21 12.8A9 9 0 1 1 11.2 3a7 7 0 0 0 9.8 9.8z"/>')
AUTO = _icon('<circle cx="12" cy="12" r="9"/><path d="M12 3a9 9 0 0 1 0 18z" fill="currentColor"/>')
