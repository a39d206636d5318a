# task api-docs: file
"""What the document says of refusals, which are the same everywhere."""

REFUSALS = {
    "400": "What was sent cannot be right; each field says why.",
    "401": "Nobody is signed in, or the token is wrong.",
    "403": "Signed in, but not allowed; or a session without its CSRF token.",
    "404": "There is nothing here that this user may see.",
    "415": "A kind of body that is not read here.",
    "429": "Too many requests; the header Retry-After says when to come again.",
}
DETAIL = {
    "type": "object",
    "properties": {"detail": {"type": "string"}},
    "required": ["detail"],
}
# The fields' names come from the serializer, and those of rows from rows in it.
ERRORS = {"type": "object", "additionalProperties": {}}


def add_refusals(result, generator, request, public):
    """Names the refusals of each operation, and what they look like."""
    schemas = result["components"]["schemas"]
    schemas |= {"Detail": DETAIL, "Errors": ERRORS}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for code in refusals(path, method, operation):
                name = "Errors" if code == "400" else "Detail"
                schema = {"$ref": f"#/components/schemas/{name}"}
                operation["responses"].setdefault(
                    code,
                    {
                        "description": REFUSALS[code],
                        "content": {"application/json": {"schema": schema}},
                    },
                )
    return result


def refusals(path, method, operation):
    """The status codes with which an operation may refuse."""
    writes = method in ("post", "put", "patch", "delete")
    takes = {parameter["name"] for parameter in operation.get("parameters", [])}
    if "requestBody" in operation:
        yield from ("400", "415")
    elif takes - {"page", "page_size", "slug"}:
        yield "400"
    if "security" in operation:
        yield "401"
        if writes:
            yield "403"
    if takes & {"page", "slug"}:
        yield "404"
    yield "429"
