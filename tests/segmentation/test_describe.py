from clientela.segmentation.describe import naming_rules
from clientela.segmentation.segments.naming import Name, NamingRule
from clientela.settings import load_settings


def test_the_naming_rules_are_those_of_the_settings_in_their_order(root):
    settings = load_settings("demo", conf=root / "conf").segment_names
    rules = naming_rules(settings)
    assert all(isinstance(rule, NamingRule) for rule in rules)
    assert [rule.id for rule in rules] == [rule.id for rule in settings.rules]
    for rule, given in zip(rules, settings.rules, strict=True):
        assert (rule.when, rule.texts) == (given.when, Name(given.id, given.name, given.description, given.action))
