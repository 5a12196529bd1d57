"""The catalogue is data that is read once, whole and valid."""

import pytest

from plugin_matrix.model import Level
from plugin_matrix.rules import catalogue
from plugin_matrix.rules.catalogue import parse_catalogue

TABLE = '[{id}]\nname = "{name}"\nlevel = "{level}"\nsummary = "s"\neffect = "e"\nhint = "h"\n'


def _table(identifier: str, name: str = "a-name", level: str = "error") -> str:
    return TABLE.format(id=identifier, name=name, level=level)


def test_rules_are_listed_in_ascending_order_under_their_own_ids() -> None:
    rules = catalogue()
    assert list(rules) == sorted(rules)
    assert all(rule.id == key for key, rule in rules.items())


def test_the_catalogue_is_read_once_and_cannot_be_changed() -> None:
    assert catalogue() is catalogue()
    with pytest.raises(TypeError):
        catalogue()["PM999"] = catalogue()["PM101"]  # type: ignore[index]


def test_every_rule_says_what_users_see_and_what_the_author_does() -> None:
    for rule in catalogue().values():
        for text in (rule.summary, rule.effect, rule.hint):
            assert text.endswith("."), rule.id
            assert text == text.strip(), rule.id


def test_a_valid_table_is_a_rule() -> None:
    rules = parse_catalogue(_table("PM999", level="advice"))
    assert rules["PM999"].level is Level.ADVICE


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (_table("PM1"), "PM1 is not an id"),
        (_table("PM1000"), "PM1000 is not an id"),
        (_table("XX101"), "XX101 is not an id"),
        (_table("PM101") + _table("PM102"), "PM101 and PM102 are both named a-name"),
        (_table("PM101", level="fatal"), "level"),
        (_table("PM101") + 'colour = "red"\n', "colour"),
        ('[PM101]\nname = "x"\n', "level"),
        ("[PM101", "Expected"),
    ],
)
def test_a_faulty_catalogue_is_refused_with_what_is_wrong(source: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_catalogue(source)
