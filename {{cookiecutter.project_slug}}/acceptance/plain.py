"""The arguments of pytest with which a test runs in the same way everywhere."""

# pytest's arguments, whatever pytest.ini, pyproject.toml and their like say.
PLAIN = ["-q", "-p", "no:cacheprovider"]
for _value in (
    *("addopts=", "required_plugins="),
    *("strict=false", "strict_config=false", "strict_markers=false"),
):
    PLAIN += ["-o", _value]
# The options of plugins that are left out are unknown.
PLAIN += ["-W", "ignore::pytest.PytestConfigWarning"]
