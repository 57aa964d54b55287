"""A card as the bot owes it a thousand times: a day's post."""

from bot.core.ui import ActionId, Button, Card, Prose

DAILY = Card(
    "Day 4 of 14: Trees, boosting and what they overfit",
    (Prose("**Goal.** " + "Explain it in two minutes, without notes. " * 10), Prose("What happens? " * 20)),
    ((Button("Answer", ActionId("rounds.answer", "4"), "primary"), Button("Hint", ActionId("rounds.hint", "4"))),),
    "Answers close tomorrow.",
)
