"""Command and action -> handler: the whole bot on one page."""

from typing import Protocol

from bot.book import book
from bot.catalog import Catalog
from bot.core import again
from bot.core.engine import Route, Routes
from bot.core.events import Deleted, Edited, Posted, Quiet, Reply
from bot.group import handlers as group
from bot.help import handlers as help_
from bot.interview import handlers as interview
from bot.interview import own, preparing, reminding, telling
from bot.loop import handlers as loop
from bot.mock import handlers as mock
from bot.pair import handlers as pair
from bot.plan import handlers as plan
from bot.practice import handlers as practice
from bot.progress import handlers as progress
from bot.resume import handlers as resume
from bot.review import handlers as review
from bot.rounds import handlers as rounds
from bot.star import handlers as star


class AllGroups(group.Groups, progress.Activity, Protocol):
    """Each `All...` is what the features together ask of one repository."""


class AllInterviews(
    own.Interviews, mock.Interviews, plan.Interviews, review.Interviews, progress.Interviews, Protocol
): ...


class AllBank(own.Bank, mock.Bank, rounds.Bank, Protocol): ...


class AllPlans(group.Runs, plan.Plans, star.Plans, progress.Plans, Protocol): ...


class AllRounds(
    plan.Rounds,
    rounds.Rounds,
    mock.Rounds,
    review.Rounds,
    practice.Rounds,
    progress.Rounds,
    pair.Rounds,
    loop.Rounds,
    Protocol,
): ...


class AllRecalls(
    plan.Recalls,
    rounds.Recalls,
    mock.Recalls,
    review.Recalls,
    practice.Recalls,
    progress.Recalls,
    own.Recalls,
    pair.Recalls,
    loop.Recalls,
    Protocol,
): ...


class AllReviews(group.Dealt, plan.Written, rounds.Dealt, review.Reviews, progress.Reviews, own.Judged, Protocol): ...


class AllStories(star.Stories, progress.Stories, own.Stories, Protocol): ...


class AllWork(
    group.GroupWork,
    plan.PlanWork,
    rounds.RoundsWork,
    mock.MockWork,
    review.ReviewWork,
    practice.PracticeWork,
    star.StarWork,
    resume.ResumeWork,
    progress.ProgressWork,
    own.InterviewWork,
    pair.PairWork,
    loop.LoopWork,
    Protocol,
):
    """What all features together need; a repository that is missing fails mypy where a store is passed for this."""

    @property
    def groups(self) -> AllGroups: ...
    @property
    def plans(self) -> AllPlans: ...
    @property
    def rounds(self) -> AllRounds: ...
    @property
    def recall(self) -> AllRecalls: ...
    @property
    def reviews(self) -> AllReviews: ...
    @property
    def practice(self) -> practice.Practice: ...
    @property
    def stories(self) -> AllStories: ...
    @property
    def pairs(self) -> pair.Pairs: ...
    @property
    def loops(self) -> loop.Loops: ...
    @property
    def interviews(self) -> AllInterviews: ...
    @property
    def bank(self) -> AllBank: ...
    @property
    def bullets(self) -> resume.Bullets: ...


def posted(event: Posted | Edited, work: AllWork) -> Reply:
    """A message belongs to the round or to the bullet whose thread it is in; at most one has something to say."""
    reply = rounds.posted(event, work)
    return resume.posted(event, work) if isinstance(reply, Quiet) else reply


def deleted(event: Deleted, work: AllWork) -> Reply:
    """The same for a message that was taken away."""
    rounds.deleted(event, work)
    return resume.deleted(event, work)


def routes(catalog: Catalog) -> Routes[AllWork]:
    """All that the bot answers to."""
    return Routes(
        book=book(catalog),
        commands={
            "plan.today": Route(plan.today),
            "plan.day": Route(plan.one_day),
            "plan.all": Route(plan.whole),
            "plan.done": Route(plan.done),
            "plan.file": Route(plan.file),
            "mock.ask": Route(mock.ask),
            "pair.seek": Route(pair.seek),
            "loop.open": Route(loop.open_loop),
            "review.mine": Route(review.mine),
            "review.next": Route(review.next_one),
            "practice.start": Route(practice.start),
            "star.bank": Route(star.bank),
            "star.new": Route(star.new),
            "star.practice": Route(star.practise),
            "star.coverage": Route(star.mine),
            "star.group": Route(star.together),
            "resume.bullets": Route(resume.mine, "form"),
            "resume.add": Route(resume.ask_bullets, "form"),
            "resume.weak": Route(resume.weak),
            "progress.mine": Route(progress.mine),
            "group.settings": Route(group.settings),
            "group.setup": Route(group.setup, "form"),
            "group.join": Route(group.join, "form"),
            "group.leave": Route(group.leave),
            "group.pause": Route(group.pause),
            "group.resume": Route(group.resume),
            "group.skip": Route(group.skip),
            "help.commands": Route(help_.commands),
            "interview.mine": Route(interview.mine),
            "interview.next": Route(interview.next_one),
            "interview.add": Route(interview.ask_add, "form"),
            "interview.move": Route(interview.ask_move, "form"),
            "interview.cancel": Route(interview.cancel),
            "interview.done": Route(telling.ask_done, "form"),
            "interview.plan": Route(preparing.plan),
            "interview.sheet": Route(preparing.sheet),
            "interview.questions": Route(preparing.questions),
            "interview.boxes": Route(preparing.boxes),
            "interview.file": Route(interview.file),
        },
        presses={
            "plan.today": Route(plan.today),
            "plan.day": Route(plan.one_day),
            "plan.turn": Route(plan.one_day, "replace"),
            "plan.all": Route(plan.whole),
            "plan.done": Route(plan.done),
            "plan.file": Route(plan.file),
            "plan.guide": Route(plan.guide),
            "plan.turn_guide": Route(plan.guide, "replace"),
            "rounds.answer": Route(rounds.ask_answer, "form"),
            "rounds.answer_part": Route(rounds.ask_part, "form"),
            "rounds.just_talk": Route(rounds.just_talk),
            "rounds.hint": Route(rounds.hint),
            "rounds.next_hint": Route(rounds.next_hint),
            "rounds.strong": Route(rounds.strong),
            "rounds.turn": Route(rounds.strong, "replace"),
            "rounds.follow": Route(rounds.follow),
            "rounds.answer_follow": Route(rounds.ask_follow_up, "form"),
            "mock.again": Route(mock.ask),
            "mock.own": Route(mock.own),
            "mock.give_up": Route(mock.give_up),
            "mock.close": Route(mock.close),
            "mock.level": Route(mock.level),
            "pair.seek": Route(pair.seek),
            "pair.join": Route(pair.join),
            "pair.later": Route(pair.ask_hours, "form"),
            "pair.stop": Route(pair.stop),
            "pair.back": Route(pair.back),
            "pair.here": Route(pair.here),
            "pair.leave": Route(pair.leave),
            "pair.begin": Route(pair.begin),
            "pair.card": Route(pair.card),
            "pair.guide": Route(pair.guide),
            "pair.turn_guide": Route(pair.guide, "replace"),
            "pair.levels": Route(pair.ask_levels, "form"),
            "pair.words": Route(pair.ask_words, "form"),
            "loop.open": Route(loop.open_loop),
            "loop.start": Route(loop.start),
            "loop.begin": Route(loop.begin),
            "loop.skip": Route(loop.skip),
            "loop.drop": Route(loop.drop),
            "loop.guide": Route(loop.guide),
            "loop.turn_guide": Route(loop.guide, "replace"),
            "loop.levels": Route(loop.ask_levels, "form"),
            "loop.points": Route(loop.ask_points, "form"),
            "loop.packet": Route(loop.packet),
            "loop.turn_packet": Route(loop.packet, "replace"),
            "review.mine": Route(review.mine),
            "review.open": Route(review.read),
            "review.turn": Route(review.read, "replace"),
            "review.guide": Route(review.guide),
            "review.turn_guide": Route(review.guide, "replace"),
            "review.levels": Route(review.ask_levels, "form"),
            "review.parts": Route(review.ask_parts, "form"),
            "review.words": Route(review.ask_words, "form"),
            "review.pass": Route(review.pass_on),
            "review.who": Route(review.who),
            "review.thank": Route(review.thank),
            "review.look": Route(review.look),
            "review.resubmit": Route(review.ask_resubmission, "form"),
            "practice.start": Route(practice.start),
            "practice.turn": Route(practice.read, "replace"),
            "practice.guide": Route(practice.guide),
            "practice.turn_guide": Route(practice.guide, "replace"),
            "practice.levels": Route(practice.ask_levels, "form"),
            "star.bank": Route(star.bank),
            "star.new": Route(star.new),
            "star.write": Route(star.write, "form"),
            "star.story": Route(star.read),
            "star.turn": Route(star.read, "replace"),
            "star.edit": Route(star.edit, "form"),
            "star.versions": Route(star.versions),
            "star.version": Route(star.version),
            "star.turn_version": Route(star.version, "replace"),
            "star.restore": Route(star.restore),
            "star.shows": Route(star.ask_shows, "form"),
            "star.coverage": Route(star.mine),
            "star.group": Route(star.together),
            "star.practice": Route(star.practise),
            "star.pick": Route(star.pick),
            "star.tell": Route(star.tell),
            "star.share": Route(star.share),
            "star.take_back": Route(star.take_back),
            "star.shared": Route(star.read_shared),
            "star.turn_shared": Route(star.read_shared, "replace"),
            "star.mark": Route(star.ask_mark, "form"),
            "resume.bullets": Route(resume.mine),
            "resume.add": Route(resume.ask_bullets, "form"),
            "resume.bullet": Route(resume.read),
            "resume.turn": Route(resume.read, "replace"),
            "resume.answers": Route(resume.answers),
            "resume.turn_answers": Route(resume.answers, "replace"),
            "resume.weak": Route(resume.weak),
            "resume.turn_weak": Route(resume.weak, "replace"),
            "resume.change": Route(resume.ask_change, "form"),
            "resume.remove": Route(resume.ask_remove),
            "resume.drop": Route(resume.remove),
            "resume.ask": Route(resume.ask, "form"),
            "resume.share": Route(resume.share),
            "resume.take_back": Route(resume.take_back),
            "resume.why": Route(resume.ask_why, "form"),
            "progress.mine": Route(progress.mine),
            "group.setup": Route(group.setup, "form"),
            "group.schedule": Route(group.schedule, "form"),
            "group.reviewing": Route(group.reviewing, "form"),
            "group.pause": Route(group.pause),
            "group.resume": Route(group.resume),
            "group.again": Route(group.again, "form"),
            "group.join": Route(group.join, "form"),
            "group.leave": Route(group.leave, "form"),
            "group.away": Route(group.away_today),
            "group.back": Route(group.back),
            "group.quit": Route(group.quit_group),
            "group.note": Route(group.note),
            "group.greet": Route(group.greet),
            again.VERB: Route(again.again, "form"),
            "interview.mine": Route(interview.mine),
            "interview.open": Route(interview.show),
            "interview.add": Route(interview.ask_add, "form"),
            "interview.move": Route(interview.ask_move, "form"),
            "interview.cancel": Route(interview.cancel),
            "interview.revive": Route(interview.revive),
            "interview.done": Route(telling.ask_done, "form"),
            "interview.take_back": Route(telling.take_back),
            "interview.plan": Route(preparing.plan),
            "interview.turn_plan": Route(preparing.plan, "replace"),
            "interview.sheet": Route(preparing.sheet),
            "interview.turn_sheet": Route(preparing.sheet, "replace"),
            "interview.fill": Route(preparing.ask_fill, "form"),
            "interview.questions": Route(preparing.questions),
            "interview.boxes": Route(preparing.boxes),
            "interview.tick": Route(preparing.ask_tick, "form"),
            "interview.file": Route(interview.file),
        },
        submits={
            "rounds.answer": Route(rounds.answer),
            "rounds.answer_part": Route(rounds.answer_part),
            "rounds.answer_follow": Route(rounds.answer_follow_up),
            "review.levels": Route(review.keep_levels),
            "review.parts": Route(review.keep_parts),
            "review.words": Route(review.send),
            "review.resubmit": Route(review.resubmit),
            "practice.levels": Route(practice.compare),
            "pair.later": Route(pair.offer_hours),
            "pair.levels": Route(pair.keep_levels),
            "pair.words": Route(pair.send),
            "loop.levels": Route(loop.keep_levels),
            "loop.points": Route(loop.keep_points),
            "star.save": Route(star.save),
            "star.rewrite": Route(star.rewrite),
            "star.shows": Route(star.keep_shows),
            "star.mark": Route(star.keep_mark),
            "resume.add": Route(resume.keep_bullets),
            "resume.change": Route(resume.change),
            "resume.answer": Route(resume.answer),
            "resume.why": Route(resume.send_why),
            "group.setup": Route(group.set_up),
            "group.join": Route(group.join_in),
            "group.schedule": Route(group.reschedule),
            "group.reviewing": Route(group.review_otherwise),
            "group.again": Route(group.start_again),
            "group.leave": Route(group.take_leave),
            "interview.add": Route(interview.add),
            "interview.move": Route(interview.move),
            "interview.done": Route(telling.done),
            "interview.fill": Route(preparing.fill),
            "interview.tick": Route(preparing.tick),
        },
        messages={
            Posted: Route(posted),
            Edited: Route(posted),
            Deleted: Route(deleted),
        },
        timers={
            "plan.post": plan.post,
            "rounds.close": rounds.close,
            "mock.time_up": mock.time_up,
            "review.deal": review.deal_round,
            "review.remind": review.remind,
            "review.lapse": review.lapse,
            "star.stand": star.stand,
            "interview.remind": reminding.remind,
            "interview.after": reminding.ask_after,
            "pair.match": pair.match_waiting,
            "pair.remind": pair.remind,
            "pair.start": pair.start,
            "pair.no_show": pair.no_show,
            "pair.time_up": pair.time_up,
            "pair.unscored": pair.unscored,
            "loop.time_up": loop.time_up,
            "loop.next": loop.remind,
        },
        landed={
            "rounds.opened": rounds.opened,
            "resume.opened": resume.opened,
        },
    )
