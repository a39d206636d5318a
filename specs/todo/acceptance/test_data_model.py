"""data-model: docs/data-model.md has an entity-relationship diagram of four models."""

from acceptance.diagrams import DataModelTests


class TestDataModel(DataModelTests):
    """NFR-8: the data model is found without running anything."""

    reason = "NFR-8: the data model is found without running anything"
    least = 30, "thirty"
    models = ["User", "Task", "TaskList", "Label"]
    relations = [
        ("User", "Task"),
        ("User", "TaskList"),
        ("User", "Label"),
        ("TaskList", "Task"),
        ("Task", "Label"),
    ]
