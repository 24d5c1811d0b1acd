"""db-api as chat-ui uses it: presets."""

import uuid

import pytest
from chat_ui.errors import PresetNameTaken, PresetNotFound
from chat_ui.models.chats import ChatSettings

from tests.support.drivers.clients import Clients, Run


def test_presets_are_kept_changed_and_deleted(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        me = (await clients.guest()).token
        poet = await clients.presets.create(me, "poet", {"temperature": 1.5})
        await clients.presets.create(me, "Clerk", {})
        assert [preset.name for preset in await clients.presets.list(me)] == ["Clerk", "poet"]
        changed = await clients.presets.change(me, poet.id, "Poet", {"system_prompt": "In verse."})
        assert await clients.presets.get(me, poet.id) == changed
        assert changed.settings == ChatSettings(system_prompt="In verse.")
        await clients.presets.delete(me, poet.id)
        assert [preset.name for preset in await clients.presets.list(me)] == ["Clerk"]

    run(case)


def test_a_presets_name_is_taken_once(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        me, other = (await clients.guest()).token, (await clients.guest()).token
        first, second = [await clients.presets.create(me, name, {}) for name in ("Clerk", "Poet")]
        with pytest.raises(PresetNameTaken):
            await clients.presets.create(me, "CLERK", {})
        with pytest.raises(PresetNameTaken):
            await clients.presets.change(me, second.id, "clerk", {})
        assert (await clients.presets.change(me, first.id, "CLERK", {})).name == "CLERK"
        assert (await clients.presets.create(other, "Clerk", {})).name == "Clerk"

    run(case)


def test_another_users_preset_is_not_found(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        me, other = (await clients.guest()).token, (await clients.guest()).token
        mine = await clients.presets.create(me, "Clerk", {})
        for preset_id in (mine.id, uuid.uuid4()):
            with pytest.raises(PresetNotFound):
                await clients.presets.get(other, preset_id)
            with pytest.raises(PresetNotFound):
                await clients.presets.change(other, preset_id, "x", {})
            with pytest.raises(PresetNotFound):
                await clients.presets.delete(other, preset_id)

    run(case)
