"""data-model: docs/data-model.md holds an entity-relationship diagram."""

from acceptance.diagrams import DataModelTests


class TestDataModel(DataModelTests):
    """NFR-12: the data model is found without running anything."""

    reason = "NFR-12: the data model is found without running anything"
    least = 40, "forty"
    models = [
        "User",
        "Profile",
        "Category",
        "Recipe",
        "Ingredient",
        "Step",
        "Comment",
        "Rating",
    ]
    relations = [
        ("User", "Profile"),
        ("User", "Recipe"),
        ("Category", "Recipe"),
        ("Recipe", "Ingredient"),
        ("Recipe", "Step"),
        ("Recipe", "Comment"),
        ("Recipe", "Rating"),
    ]
