"""A file that a card carries reaches the person, on every platform, and whoever cannot get it is told."""

import re
from base64 import b64decode

import pytest
from icalendar import Calendar

from adapters.slack import render as slack_render
from adapters.web import render as web_render
from adapters.web.render import Reader
from bot.core import codec
from bot.core.ui import FILE_TEXT, Card, File
from bot.testing import words
from tests.adapters.discord_house import Town as Hall
from tests.adapters.slack_house import Town
from tests.adapters.slack_stand_in import BROKEN, Fault

FILE = File("interviews.ics", "text/calendar", 'BEGIN:VCALENDAR\r\nX:Ä & <b> "quoted"\r\nEND:VCALENDAR\r\n')
ADD: dict[str, str | tuple[str, ...]] = {
    "company": "Acme & co",
    "role": "",
    "stage": "onsite-design",
    "when": "2026-09-10 14:00",
    "zone": "Berlin",
}
COMPLETE = "files.completeUploadExternal"


@pytest.mark.parametrize("name", ["", "a", "../x.ics", "A.ics", "a b.ics", "x" * 61 + ".ics", "a.ics\n", ".ics"])
def test_a_file_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="no name for a file"):
        File(name, "text/calendar", "x")


@pytest.mark.parametrize("text", ["", "x" * (FILE_TEXT + 1)])
def test_a_file_is_neither_empty_nor_too_large(text: str) -> None:
    with pytest.raises(ValueError, match="file has"):
        File("a.ics", "text/calendar", text)


def test_a_card_with_a_file_is_kept_and_read_again_and_old_ones_have_none() -> None:
    card = Card("Yours", file=FILE)
    assert codec.loads(codec.dumps(card)) == card
    assert codec.loads('{"_":"Card","title":"Old","body":[],"rows":[],"footer":""}') == Card("Old")


def test_the_playground_saves_it_to_the_letter() -> None:
    drawn = web_render.card(Card("Yours", file=FILE), Reader("UTC", {}))
    found = re.search(
        r'<a class="button plain" download="interviews.ics" href="data:text/calendar;charset=utf-8;base64,([^"]+)"',
        drawn,
    )
    assert found is not None
    assert b64decode(found[1]).decode("utf-8") == FILE.text


def test_slack_says_where_it_comes() -> None:
    blocks = slack_render.message(Card("Yours", file=FILE))
    assert "comes to your direct messages" in str(blocks[-1])


async def _told(town: Town) -> None:
    await town.command("U0BEN", "/interview add")
    await town.submit("U0BEN", ADD)


@pytest.mark.parametrize("how", ["command", "press", "mention"])
async def test_slack_puts_it_into_the_direct_messages_of_who_asked(group: Town, how: str) -> None:
    await _told(group)
    if how == "command":
        seen = await group.command("U0BEN", "/interview calendar")
        assert "For your calendar" in seen.words
    elif how == "press":
        await group.press("U0BEN", "interview.file:1")
    else:
        await group.mention("U0BEN", "interview calendar")
    await group.stand_in.until(lambda: group.stand_in.slack.files and group.stand_in.called(COMPLETE))
    [content] = group.stand_in.slack.files.values()
    [event] = Calendar.from_ical(content.decode("utf-8")).walk("VEVENT")
    assert event["summary"] == "Onsite: ML system design at Acme & co"
    [call] = group.stand_in.called(COMPLETE)
    assert call.args["channel_id"] == group.team.direct("U0BEN").id


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("files.getUploadURLExternal", Fault(error="missing_scope")),
        ("upload", BROKEN),
        (COMPLETE, Fault(error="internal_error")),
    ],
)
async def test_where_slack_does_not_take_it_the_person_is_told(group: Town, method: str, fault: Fault) -> None:
    await _told(group)
    group.stand_in.faults[method] = [fault]
    before = len(group.stand_in.slack.shown)
    seen = await group.command("U0BEN", "/interview calendar")
    assert "For your calendar" in seen.words
    await group.stand_in.until(lambda: len(group.stand_in.slack.shown) > before)
    told = group.stand_in.slack.shown[-1]
    assert told.user == "U0BEN"
    assert "The file did not go through" in str(told.body)


async def test_the_app_home_shows_the_next_interview(group: Town) -> None:
    await _told(group)
    seen = await group.see("U0BEN", "events_api", group.payloads.home("U0BEN"))
    assert "Onsite: ML system design at Acme" in str([one.body for one in seen.shown])


@pytest.mark.parametrize("hall", ["wire"], indirect=True)
async def test_discord_puts_it_below_the_answer_for_who_asked_alone(hall: Hall) -> None:
    await hall.set_up()
    await hall.command("ben", "/interview add")
    await hall.submit("ben", ADD)
    seen = await hall.command("ben", "/interview calendar")
    assert "For your calendar" in words(seen.cards[0])
    [file] = [one for one in seen.messages if one.get("attachments")]
    assert [one["filename"] for one in file["attachments"]] == ["interviews.ics"]
    assert seen.private
