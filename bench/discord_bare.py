"""What most Discord bots begin as: discord.py as its guide has it, with commands that do nothing but answer."""

import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bench.discord_callers import TOKEN


async def bare(url: str) -> None:
    """Connect to the Discord at this address and answer until the process ends."""
    Route.BASE = f"{url}/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = URL(url.replace("http", "ws"))
    client = discord.AutoShardedClient(intents=discord.Intents.default())
    tree = app_commands.CommandTree(client)

    async def answer(interaction: discord.Interaction) -> None:
        view = discord.ui.LayoutView(timeout=None)
        view.add_item(discord.ui.Container(discord.ui.TextDisplay("## A question\nWhat is a baseline for?")))
        await interaction.response.send_message(view=view, ephemeral=True)

    for name in ("mock", "help"):
        tree.command(name=name, description="A command")(answer)

    async with client:
        await client.login(TOKEN)
        await tree.sync()
        await client.connect()
