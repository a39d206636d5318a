"""data-model: docs/data-model.md holds an entity-relationship diagram."""

from acceptance.diagrams import DataModelTests


class TestDataModel(DataModelTests):
    """NFR-9: the data model is found without running anything."""

    reason = "NFR-9: the data model is found without running anything"
    least = 20, "twenty"
    models = ["User", "Post", "Category", "Tag", "Comment"]
    relations = [
        ("User", "Post"),
        ("Category", "Post"),
        ("Post", "Tag"),
        ("Post", "Comment"),
    ]
