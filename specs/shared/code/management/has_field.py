def has_field(cls, name):
    try:
        cls._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
