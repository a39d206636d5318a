# shared: manage.py
