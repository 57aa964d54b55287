"""What no file shows alone: ids that lead nowhere, sets that must be whole, and plans that reach what they claim."""

from bot.catalog import DIMENSIONS, DRILL, MISTAKE_FLAGS, PARTS, THEMES, Calibration, Catalog, Plan, Question
from bot.content_countdown import countdown_links
from bot.content_reader import Faults


def check_links(faults: Faults, catalog: Catalog) -> None:
    """Every link between the files, with the line of what is wrong."""
    for name, known, wanted in (
        ("rubrics/criteria.yaml", catalog.criteria, DIMENSIONS),
        ("rubrics/mistakes.yaml", catalog.flags, MISTAKE_FLAGS),
        ("star/themes.yaml", catalog.themes, THEMES),
        ("star/parts.yaml", {part.id: part for part in catalog.parts}, PARTS),
        ("resume/drill.yaml", catalog.drill, DRILL),
    ):
        for id in [one for one in wanted if one not in known]:
            _fault(faults, name, "", f"{id!r} is missing")
    for question in catalog.questions.values():
        _question_links(faults, catalog, question)
    for calibration in catalog.calibrations.values():
        _calibration_links(faults, catalog, calibration)
    for plan in catalog.plans.values():
        _plan_links(faults, catalog, plan)
    countdown_links(faults, catalog)


def question_file(question: Question) -> str:
    """The name of a question's file in its folder of content."""
    return f"questions/{question.topic}/{question.id}.md"


def _fault(faults: Faults, name: str, word: str, message: str) -> None:
    """A fault at the first line of the file that holds the word."""
    path = faults.layers.file(name)
    faults.add(path, faults.line(path, word), message)


def _question_links(faults: Faults, catalog: Catalog, question: Question) -> None:
    """A question belongs to stages that there are and that ask its kind; it goes on with questions that there are."""
    name = question_file(question)
    for id in question.stages:
        stage = catalog.stages.get(id)
        if stage is None:
            _fault(faults, name, "stages", f"{id!r} is no stage; guides/stages.yaml has them")
        elif question.kind not in stage.kinds:
            _fault(faults, name, "stages", f"{id!r} asks {', '.join(stage.kinds)}, not {question.kind}")
    for id in question.see:
        if id not in catalog.questions or id == question.id:
            _fault(faults, name, "see:", f"see: {id!r} is no other question")


def _calibration_links(faults: Faults, catalog: Catalog, calibration: Calibration) -> None:
    """Sample answers belong to a question, and are judged on the whole rubric of its kind."""
    name = f"calibration/{calibration.id}.yaml"
    question = catalog.questions.get(calibration.id)
    if question is None:
        _fault(faults, name, "question", f"question: {calibration.id!r} is no question")
        return
    rubric = set(catalog.rubrics.get(question.kind, ()))
    for sample in calibration.samples:
        where = f"quality: {sample.quality}"
        for criterion in rubric ^ sample.levels.keys():
            _fault(faults, name, where, f"{where}: levels are those of {', '.join(sorted(rubric))}, not {criterion!r}")
        for number in sample.key_points:
            if not 1 <= number <= len(question.key_points):
                _fault(faults, name, where, f"{where}: there is no key point {number}")


def _plan_links(faults: Faults, catalog: Catalog, plan: Plan) -> None:
    name = f"plans/{plan.id}.yaml"
    for day in plan.days:
        for topic in [one for one in day.topics if one not in catalog.by_topic]:
            _fault(faults, name, topic, f"day {day.day}: no question has the topic {topic!r}")
        for guide in [one for one in day.guides if one not in catalog.guides]:
            _fault(faults, name, guide, f"day {day.day}: there is no guide {guide!r}")
    for topic in plan.covers:
        days = [day for day in plan.days if topic in day.topics]
        if not days:
            _fault(faults, name, "covers", f"covers: no day has the topic {topic!r}")
        families = {question.family for question in catalog.by_topic.get(topic, ())}
        if len(families) < len(days):
            _fault(faults, name, topic, f"{len(days)} days have the topic {topic!r}, which has {len(families)} "
                   "families of questions: some day would ask one twice")  # fmt: skip
    for topic in {topic for day in plan.days for topic in day.topics} - set(plan.covers):
        _fault(faults, name, "covers", f"covers: {topic!r} is missing, which a day has")
